package import NodeAgent
package import Packets
package import TopologyModel

/// The agents of a path's nodes, wherever they run: orders down, reports up.
package protocol Fleet {
  func send(_ order: AgentOrder, to node: NodeID)

  /// What has come, after waiting for it for `span` at most; of each node in the order in which it
  /// was sent.
  func receive(within span: TimeSpan) -> [(node: NodeID, report: AgentReport)]
}
