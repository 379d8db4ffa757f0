import LinuxNet
import NodeAgent
import Packets
import TopologyModel

/// The agents of a path's nodes, each a process on a host of its own.
final class HostFleet: Fleet {
  private let path: String
  private let channels: [NodeID: HostChannel]
  private let reports: ReportQueue

  init(_ path: String, _ channels: [NodeID: HostChannel]) throws(KernelError) {
    self.path = path
    self.channels = channels
    reports = try ReportQueue()
    for channel in channels.values { channel.report(path, to: reports) }
  }

  /// Until probes have told of the hosts' clocks, and the hosts were told in turn.
  func settle(of turn: TimeSpan) -> TimeSpan { min(turn, .milliseconds(1_500)) }

  func send(_ order: AgentOrder, to node: NodeID) {
    channels[node]?.send(.engine(path: path, order: order))
  }

  func receive(within span: TimeSpan) -> [(node: NodeID, report: AgentReport)] {
    reports.take(within: span)
  }
}
