/// The two nodes between which latency and bandwidth are measured.
package struct MeasuredPair: Sendable {
  /// Probes and sends.
  package let from: PathMember
  /// Answers and receives.
  package let to: PathMember
}

extension TopologyPath {
  /// From the first client, one on the VIP's own segment if there is any, or the second server where
  /// there is none, to the first server.
  package func measuredPair(in topology: Topology) -> MeasuredPair {
    let servers = members.filter { topology.nodes[$0.node].role == .server }
    let clients = members.filter { topology.nodes[$0.node].role == .client }
    let client = clients.first { $0.segment == segment } ?? clients.first
    return MeasuredPair(from: client ?? servers[1], to: servers[0])
  }
}
