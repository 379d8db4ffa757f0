/// The two nodes between which latency and bandwidth are measured.
package struct MeasuredPair: Sendable {
  /// Probes and sends.
  package let from: PathMember
  /// Answers and receives.
  package let to: PathMember
}

extension TopologyPath {
  /// From the first client, or the second server where there is none, to the first server.
  package func measuredPair(in topology: Topology) -> MeasuredPair {
    let servers = members.filter { topology.nodes[$0.node].role == .server }
    let client = members.first { topology.nodes[$0.node].role == .client }
    return MeasuredPair(from: client ?? servers[1], to: servers[0])
  }
}
