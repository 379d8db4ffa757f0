package import Packets

/// What makes figures of the time around it worthless.
package enum OwnFault: Hashable, Codable, Sendable {
  /// The program stood still.
  case stalled(span: TimeSpan)
  /// Probes were sent later than they were due, again and again: the worst by `worst`.
  case paced(late: Int, of: Int, worst: TimeSpan)
  /// Packets were dropped in this program's own sockets.
  case overflowed(packets: Int)
  /// The kernel did not take probes.
  case notSent(probes: Int, reason: String)
  case clockStepped(span: TimeSpan)
  /// The kernel's own queues between interfaces dropped packets, or its neighbour table was full.
  case backlogFull(packets: Int)
  case neighbourTableFull(times: Int)
}

extension OwnFault {
  /// How long nothing was sent that was due, where that is all there is to it.
  var pause: TimeSpan? {
    switch self {
    case .stalled(let span): span
    case .paced(_, _, let worst): worst
    default: nil
    }
  }

  /// Whether every node of the machine suffers from it alike.
  package var isOfMachine: Bool {
    switch self {
    case .stalled, .clockStepped, .backlogFull, .neighbourTableFull: true
    case .paced, .overflowed, .notSent: false
    }
  }

  /// The name of its kind.
  package var kind: String {
    switch self {
    case .stalled: "stalled"
    case .paced: "paced"
    case .overflowed: "overflowed"
    case .notSent: "not-sent"
    case .clockStepped: "clock-stepped"
    case .backlogFull: "backlog-full"
    case .neighbourTableFull: "neighbour-table-full"
    }
  }
}

extension OwnFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .stalled(let span): "the machine held the program up for \(span.milliseconds) ms"
    case .paced(let late, let all, let worst):
      "\(late) of \(all) probes were sent late, by up to \(worst.milliseconds) ms"
    case .overflowed(let packets):
      "\(packets) packets were dropped in this program's own sockets"
    case .notSent(let probes, let reason): "\(probes) packets could not be sent: \(reason)"
    case .clockStepped(let span): "the clock was set by \(span)"
    case .backlogFull(let packets):
      "the kernel's queue between interfaces was full: it dropped \(packets) packets"
    case .neighbourTableFull(let times):
      "the kernel's neighbour table was full: it refused \(times) entries"
    }
  }
}

extension TimeSpan {
  fileprivate var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
