import Measurement
import Packets

/// Why transitions of a path were slow: a line for each cause, with how often it was found and what
/// proves it in the worst case.
struct CauseText {
  let lines: [String]

  init(_ path: PathResult) {
    let found = path.transitions.flatMap { transition in
      transition.probers.compactMap { prober in
        prober.cause.map { (cause: $0, transition: transition, prober: prober) }
      }
    }
    lines = Cause.allCases.compactMap { cause in
      let same = found.filter { $0.cause == cause }
      let worst = same.max { $0.prober.lossOfConnectivity < $1.prober.lossOfConnectivity }
      guard let worst else { return nil }
      let transitions = Set(same.map(\.transition.index)).count
      var line =
        "\(path.name): \(cause.rawValue), \(transitions) of \(path.transitions.count) transitions; "
        + "in #\(worst.transition.index) \(worst.prober.explanation ?? "")"
      if cause.leavesRecoveryToTheClient, let recovery = path.recovery {
        line +=
          "; left to itself its kernel recovers after \(SpanText.fine(recovery.shortest)) to "
          + "\(SpanText.fine(recovery.longest))"
      }
      return line
    }
  }
}

extension PathResult {
  /// Of the node that latency is measured from; every node of a lab has the same kernel.
  var recovery: NeighbourRecovery? {
    link.flatMap { link in
      link.interfaces.first.flatMap {
        NeighbourRecovery(sysctls: link.sysctls, interface: $0.name)
      }
    }
  }

  /// Whether a prober was left to recover by itself.
  var wasLeftToRecover: Bool {
    transitions.contains { transition in
      transition.probers.contains { $0.cause?.leavesRecoveryToTheClient ?? false }
    }
  }
}
