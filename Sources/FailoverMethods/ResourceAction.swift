package import Packets
package import TopologyModel

/// What an OCF resource agent is asked to do (OCF resource agent API 1.1, "Actions").
package enum ResourceAction: String, Hashable, Sendable {
  case start, stop, monitor
}

/// What an agent's exit code says (OCF resource agent API 1.1, "Exit status codes"), and what follows from it
/// in a cluster ("How are OCF return codes interpreted?" in Pacemaker Explained).
package enum ResourceOutcome: Hashable, Sendable {
  case exited(Int32)
  /// It was ended, for it had not by then.
  case timedOut(after: TimeSpan)
  /// It could not be asked.
  case failed(reason: String)

  package static let success = ResourceOutcome.exited(0)
  package static let notRunning = ResourceOutcome.exited(7)

  /// Whether it is of the server, so that trying again there is no use: 2 to 5, and 6, which Pacemaker takes
  /// for all servers alike and each finds out for itself here.
  var isHard: Bool {
    if case .exited(let code) = self { return 2...6 ~= code }
    return false
  }

  private static let names: [Int32: String] = [
    1: "OCF_ERR_GENERIC", 2: "OCF_ERR_ARGS", 3: "OCF_ERR_UNIMPLEMENTED", 4: "OCF_ERR_PERM",
    5: "OCF_ERR_INSTALLED", 6: "OCF_ERR_CONFIGURED", 7: "OCF_NOT_RUNNING",
    8: "OCF_RUNNING_PROMOTED", 9: "OCF_FAILED_PROMOTED",
  ]

  package var words: String {
    switch self {
    case .exited(let code):
      ResourceOutcome.names[code].map { "answered \($0)" } ?? "ended with \(code)"
    case .timedOut(let span): "had not ended after \(span), and was ended"
    case .failed(let reason): "could not be run: \(reason)"
    }
  }
}

extension ClusterResource {
  package func timeout(of action: ResourceAction) -> TimeSpan {
    switch action {
    case .start: timeouts.start
    case .stop: timeouts.stop
    case .monitor: timeouts.monitor
    }
  }
}
