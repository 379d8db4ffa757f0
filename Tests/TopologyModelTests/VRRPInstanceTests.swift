import Packets
import Testing
import TopologyModel

@Suite struct VRRPInstanceTests {
  private func texts(_ vrrp: String) throws -> [String] {
    let topology = try Topology(
      parsing: """
        segments: { lan: { subnet: 10.0.1.0/24 } }
        nodes:
          alpha: { on: { lan: 10.0.1.20 } }
          bravo: { on: { lan: 10.0.1.21 } }
        paths:
          native: { vip: 10.0.1.200 }
        failover: { method: vrrp, announce: { count: 3 }, vrrp: \(vrrp) }
        """, file: "lab.yaml")
    return topology.nodes.indices.map { rank in
      VRRPInstance(
        topology.paths[0], node: topology.nodes[rank].name, interface: "lan", rank: rank,
        address: topology.paths[0].members[rank].address, peers: []
      ).text
    }
  }

  @Test func itHasWhatIsUsual() throws {
    let (first, second) = (try texts("{ every: 1s }")[0], try texts("{ every: 1s }")[1])
    #expect(first.contains("\n  priority 200\n") && second.contains("\n  priority 199\n"))
    #expect(first.contains("\n  advert_int 1\n") && !first.contains("nopreempt"))
    #expect(first.contains("garp_master_repeat 3\n  garp_master_delay 1\n"))
    #expect(!first.contains("garp_master_refresh"))
  }

  @Test func itHasWhatIsAskedFor() throws {
    let text = try texts(
      "{ every: 50ms, preempt: false, priorities: [100, 150], garpDelay: 5s, garpRefresh: 60s }")
    #expect(text[0].contains("\n  priority 100\n") && text[1].contains("\n  priority 150\n"))
    #expect(text[0].contains("\n  advert_int 0.05\n") && text[0].contains("\n  nopreempt\n"))
    #expect(text[0].contains("garp_master_delay 5\n  garp_master_refresh 60\n"), "\(text[0])")
  }
}
