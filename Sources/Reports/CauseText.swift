import Measurement
import Packets
import Records

/// Why transitions of a path were slow: a line for each cause, with how often it was found and what
/// proves it in the worst case.
struct CauseText {
  let lines: [String]

  init(_ path: PathRecord) {
    let found = path.transitions.flatMap { transition in
      transition.probers.compactMap { prober in
        prober.cause.map { (cause: $0, transition: transition, prober: prober) }
      }
    }
    let counted = path.transitions.count { $0.verdict != .void }
    lines = Cause.allCases.compactMap { cause in
      let same = found.filter { $0.cause == cause }
      let worst = same.max { $0.prober.lossOfConnectivity < $1.prober.lossOfConnectivity }
      guard let worst else { return nil }
      let transitions = Set(same.map(\.transition.index)).count
      var line =
        "\(path.name): \(cause.rawValue), \(transitions) of \(counted) transitions; "
        + "in #\(worst.transition.index) \(worst.prober.explanation ?? "")"
      if let recovery = worst.prober.predictedRecovery {
        line +=
          "; left to itself its kernel recovers \(SpanText.fine(recovery.shortest)) to "
          + "\(SpanText.fine(recovery.longest)) after it last confirmed its entry"
      }
      return line
    }
  }
}

extension PathRecord {
  /// How long the prober that was cut off longest takes of those that were left to recover by
  /// themselves; `nil` where none was.
  var predictedRecovery: NeighbourRecovery? {
    transitions.flatMap(\.probers).filter { $0.predictedRecovery != nil }
      .max { $0.lossOfConnectivity < $1.lossOfConnectivity }?.predictedRecovery
  }
}
