import LinuxNet
import NodeAgent
import Packets
import TopologyModel

/// The agents of a path's nodes, each a process on a host of its own.
final class HostFleet: Fleet {
  private let path: String
  private let channels: [NodeID: HostChannel]
  private let reports: ReportQueue
  /// What each was told of its clock.
  private var told: [NodeID: TimeSpan] = [:]
  private var lastLook = Timestamp(nanoseconds: 0)

  /// An engine is told of less when it begins only.
  private static let leastAdjustment = TimeSpan.microseconds(200)
  private static let looks = TimeSpan.seconds(1)

  init(_ path: String, _ channels: [NodeID: HostChannel]) throws(KernelError) {
    self.path = path
    self.channels = channels
    reports = try ReportQueue()
    for channel in channels.values { channel.report(path, to: reports) }
  }

  func send(_ order: AgentOrder, to node: NodeID) {
    guard let channel = channels[node] else { return }
    var order = order
    switch order {
    case .begin(var round):
      round.ahead = channel.clock.ahead
      told[node] = round.ahead
      order = .begin(round: round)
    case .keep(let transition, let begin, let end):
      let ahead = channel.clock.ahead
      order = .keep(transition: transition, begin: begin + ahead, end: end + ahead)
    case .rest: told[node] = nil
    case .handOver, .adjust, .stop: break
    }
    channel.send(.engine(path: path, order: order))
  }

  func receive(within span: TimeSpan) -> [(node: NodeID, report: AgentReport)] {
    if WallClock.monotonic - lastLook > HostFleet.looks {
      lastLook = WallClock.monotonic
      adjust()
    }
    return reports.take(within: span).map { node, report in
      guard case .kept(let transition, let frames) = report, let channel = channels[node] else {
        return (node, report)
      }
      // The frames of all nodes by one clock.
      return (
        node,
        .kept(transition: transition, frames: frames.moved(by: .zero - channel.clock.ahead))
      )
    }
  }

  /// Tells engines of clocks that have drifted.
  private func adjust() {
    for (node, before) in told {
      guard let channel = channels[node] else { continue }
      let ahead = channel.clock.ahead
      guard max(ahead - before, before - ahead) >= HostFleet.leastAdjustment else { continue }
      told[node] = ahead
      channel.send(.engine(path: path, order: .adjust(ahead: ahead)))
    }
  }
}
