package import NodeAgent
package import Packets
package import TopologyModel

/// The agents of a path's nodes, wherever they run: orders down, reports up.
package protocol Fleet {
  /// The least time with the first holder before the first transition that counts.
  func settle(of turn: TimeSpan) -> TimeSpan

  func send(_ order: AgentOrder, to node: NodeID)

  /// What has come, after waiting for it for `span` at most; of each node in the order in which it
  /// was sent.
  func receive(within span: TimeSpan) -> [(node: NodeID, report: AgentReport)]
}

extension Fleet {
  /// Until neighbours are learned and probes flow.
  package func settle(of turn: TimeSpan) -> TimeSpan { min(turn / 2, .milliseconds(500)) }
}
