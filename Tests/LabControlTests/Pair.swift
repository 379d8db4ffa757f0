import TopologyModel

/// Two servers and a client on one segment, with a native path and a VXLAN.
func pair(
  switch model: String = "learning", failover: String = "{ every: 400ms }"
) throws -> Topology {
  try Topology(
    parsing: """
      seed: 5
      segments: { lan: { subnet: 10.0.1.0/24, switch: \(model) } }
      nodes:
        alpha:  { on: { lan: 10.0.1.20 } }
        bravo:  { on: { lan: 10.0.1.21 } }
        client: { on: { lan: 10.0.1.4 }, role: client }
      paths:
        native: { vip: 10.0.1.200 }
        vxlan:  { kind: vxlan, subnet: 192.168.0.0/24, vip: 192.168.0.200 }
      failover: \(failover)
      probe: { every: 2ms }
      """, file: "pair.yaml")
}
