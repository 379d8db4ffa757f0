import LinuxNet
import Measurement
import NamespaceLab
import NodeAgent
import Packets
import Records
import RunControl
import TestSupport
import Testing
import TopologyModel

/// Two servers and a client on one segment, with a native path and a VXLAN, of either version of IP.
func pair(
  switch model: String = "learning", failover: String = "{ every: 400ms }",
  neigh: String = "{}", family: IPFamily = .v4, probe: String = "{ every: 2ms }"
) throws -> Topology {
  let (lan, overlay) = family == .v4 ? ("10.0.1.", "192.168.0.") : ("fd00:1::", "fd42::")
  let subnet = family == .v4 ? "0/24" : "/64"
  return try Topology(
    parsing: """
      seed: 5
      segments: { lan: { subnet: \(lan)\(subnet), switch: \(model) } }
      nodes:
        alpha:  { on: { lan: \(lan)20 } }
        bravo:  { on: { lan: \(lan)21 } }
        client: { on: { lan: \(lan)4 }, role: client, neigh: \(neigh) }
      paths:
        native: { vip: \(lan)200 }
        vxlan:  { kind: vxlan, subnet: \(overlay)\(subnet), vip: \(overlay)200 }
      failover: \(failover)
      probe: \(probe)
      """, file: "pair.yaml")
}

/// The same with a second client behind a router.
func routed(
  switch model: String = "learning", failover: String = "{ every: 600ms }",
  neighOfRouter: String = "{}", probe: String = "{ every: 2ms }"
) throws -> Topology {
  try Topology(
    parsing: """
      seed: 5
      segments:
        lan: { subnet: 10.0.1.0/24, switch: \(model) }
        wan: { subnet: 198.51.100.0/24 }
      nodes:
        alpha:   { on: { lan: 10.0.1.20 } }
        bravo:   { on: { lan: 10.0.1.21 } }
        client:  { on: { lan: 10.0.1.4 }, role: client }
        edge:    { on: { lan: 10.0.1.1, wan: 198.51.100.1 }, role: router, neigh: \(neighOfRouter) }
        outside: { on: { wan: 198.51.100.7 }, role: client }
      paths:
        native: { segment: lan, vip: 10.0.1.200 }
        vxlan:  { segment: lan, kind: vxlan, subnet: 192.168.0.0/24, vip: 192.168.0.200 }
      failover: \(failover)
      probe: \(probe)
      """, file: "routed.yaml")
}

/// So many servers on a segment, with a path of that kind.
func mesh(_ nodes: Int, kind: String = "native", every: String = "10s", probe: String = "100ms")
  throws
  -> Topology
{
  let servers = (1...nodes).map { "  s\($0): { on: { lan: 10.0.\($0 / 200).\($0 % 200 + 20) } }" }
  let path =
    kind == "native"
    ? "{ vip: 10.0.255.1 }" : "{ kind: \(kind), subnet: 172.16.0.0/16, vip: 172.16.255.1 }"
  return try Topology(
    parsing: """
      segments: { lan: { subnet: 10.0.0.0/16 } }
      nodes:
      \(servers.joined(separator: "\n"))
      paths: { it: \(path) }
      failover: { every: \(every) }
      probe: { every: \(probe) }
      """, file: "mesh.yaml")
}

/// Two transitions of a path that count, there and back, in labs of `topology`: where the machine stood still meanwhile
/// a transition is void, and says nothing. `prepare` is called with each lab before it is measured,
/// `afterClaim` at every claim.
func transitions(
  of topology: Topology, path: String = "native", after prepare: (Lab) throws -> Void = { _ in },
  afterClaim: @escaping (Lab) throws -> Void = { _ in }
) throws -> [TransitionRecord] {
  var found: [TransitionRecord] = []
  for _ in 0..<5 where found.count < 2 {
    let lab = try Lab(topology)
    for other in topology.paths where other.name != path { try lab.bringUp(other) }
    try prepare(lab)
    let experiment = try Experiment(
      site: lab, paths: topology.paths.filter { $0.name == path }, skipped: [:],
      plan: ExperimentPlan(transitions: 2), interruption: Interruption()
    ) {
      guard case .news(_, .claimed) = $0 else { return }
      #expect(throws: Never.self) { try afterClaim(lab) }
    }
    _ = experiment.run()
    let results = experiment.results[0].transitions
    try #require(results.count >= 2)
    found += results.filter { $0.verdict != .void }
  }
  try #require(found.count >= 2, "the machine stood still too often")
  return Array(found.prefix(2))
}

/// The first `count` paths of a lab of `topology`, with as many transitions that count as are asked for: where the
/// machine stood still too often for that, those of another lab.
func measured(
  _ topology: Topology, paths count: Int = .max, transitions: Int
) throws -> (paths: [PathRecord], warnings: [String]) {
  var found: (paths: [PathRecord], warnings: [String])?
  var warnings: [String] = []
  for _ in 0..<4 where found == nil {
    let experiment = try Experiment(
      site: Lab(topology), paths: Array(topology.paths.prefix(count)), skipped: [:],
      plan: ExperimentPlan(transitions: transitions), interruption: Interruption()
    ) { if case .news(_, .warning(let text)) = $0 { warnings.append(text) } }
    _ = experiment.run()
    let paths = experiment.results
    try #require(paths.allSatisfy { $0.transitions.count >= transitions })
    if paths.allSatisfy({ $0.counted.count >= transitions }) { found = (paths, warnings) }
  }
  return try #require(found, "the machine stood still too often")
}

extension PathRecord {
  /// The transitions that say something of the path: the machine may void some, and as many are made
  /// again.
  var counted: [TransitionRecord] { transitions.filter { $0.verdict != .void } }
}

/// Has the node drop what `rule` says, at `hook`.
func filter(_ hook: String, _ rule: String, in node: Namespace) throws {
  _ = try run(
    "nft", "table ip test { chain c { type filter hook \(hook) priority 0; \(rule); }; }", in: node)
}
