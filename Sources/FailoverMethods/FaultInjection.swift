package import Packets
import TopologyModel

/// The agent of a node where a daemon decides: breaks and mends it as it is told to, ahead of time.
package struct FaultInjection: FailoverAgent {
  private var agenda: [(at: Timestamp, effect: FailoverEffect)] = []

  package init() {}

  package var nextDeadline: Timestamp { agenda.first?.at ?? .distantFuture }

  package mutating func step(at now: Timestamp) -> FailoverEffect? {
    guard nextDeadline <= now else { return nil }
    return agenda.removeFirst().effect
  }

  package mutating func receive(_ input: FailoverInput, at _: Timestamp) {
    guard case .fault(let fault) = input else { return }
    agenda.append((fault.begin, .breakDown(fault.name, due: fault.begin)))
    agenda.append((fault.end, .mend(fault.name, due: fault.end)))
    if fault.name == .slow {
      agenda.append((fault.begin, .slow(by: fault.by)))
      agenda.append((fault.end, .slow(by: nil)))
    }
    if fault.name == .linkFlap { flap(from: fault.begin, to: fault.end) }
    agenda.sort { $0.at < $1.at }
  }

  /// What a flapping link is in, and out, each time.
  package static let flap = TimeSpan.milliseconds(250)

  /// The first time it is pulled as the fault begins.
  private mutating func flap(from begin: Timestamp, to end: Timestamp) {
    var (instant, isIn) = (begin + FaultInjection.flap, true)
    while instant < end {
      agenda.append((instant, .plug(isIn: isIn)))
      (instant, isIn) = (instant + FaultInjection.flap, !isIn)
    }
  }
}
