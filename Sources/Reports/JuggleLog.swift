package import Measurement
package import Packets
package import Records
package import TopologyModel

/// The lines of a live juggle, in the spirit of the Hetzner seed's.
package struct JuggleLog {
  private let vip: String
  private let spans: SpanText
  private let method: FailoverMethodName

  package init(vip: String, probeInterval: TimeSpan, method: FailoverMethodName = .juggle) {
    self.vip = vip
    self.method = method
    spans = SpanText(resolution: probeInterval)
  }

  package func claimed(at instant: Timestamp, from: String?, to: String) -> String {
    let move = from.map { $0 == to ? "\(to) again" : "\($0) -> \(to)" } ?? "\(to) begins"
    return "\(instant.clock)  \(move)  holds \(vip)"
  }

  package func misdirected(
    server: String, prober: String, first: Timestamp, last: Timestamp, count: Int, isOver: Bool
  ) -> String {
    let probes = count == 1 ? "a probe" : "\(count) probes"
    let since = count == 1 ? "" : " in \(spans.text(last - first))"
    return "\(first.clock)  \(server): received \(probes) \(prober) -> \(vip)\(since) "
      + "(but IP not held!)\(isOver ? "" : " and it goes on")"
  }

  package func transition(_ result: TransitionRecord) -> String {
    let probers = result.probers.map { "\($0.node) \(spans.text($0.lossOfConnectivity))" }
    let who = words(of: result)
    let to = result.to.isEmpty ? "nobody" : result.to
    let again = result.addressAdded == nil ? "all along" : "again"
    let way = result.from == to ? "\(to) \(again)" : "\(result.from) -> \(to)"
    let move = "\(result.scheduled.clock)  \(way)\(who)  \(result.verdict.rawValue)"
    if let reason = result.voidReason { return "\(move): \(reason)" }
    return "\(move); loss of connectivity: " + probers.joined(separator: ", ") + split(result)
  }

  /// What it began with, where that is not the schedule or a request.
  private func words(of result: TransitionRecord) -> String {
    let fault = result.fault?.rawValue ?? "fault"
    return switch result.disturbance {
    case .fault: ", \(fault)"
    case .recovery: ", after the \(fault)"
    case .observed: method.isOfDaemons ? ", without a fault" : ", by somebody else"
    case .scheduled, .requested, nil: ""
    }
  }

  /// Of an outage after a fault: how long it took to notice, and to move.
  private func split(_ result: TransitionRecord) -> String {
    guard let detection = result.detection else { return "" }
    let move = result.move.map { ", move \(spans.text($0))" } ?? ""
    return "; detection \(spans.text(detection))\(move)"
  }

  package func summary(_ path: PathRecord) -> String {
    let summary = path.summary
    let earlier = path.earlierTransitions.map { " of the latest, and \($0) before" } ?? ""
    guard let loss = summary.lossOfConnectivity else {
      return summary.transitions == 0
        ? "No transition was measured."
        : "All \(summary.transitions) transitions are void: they say nothing of \(path.name)."
    }
    return """
      --- \(path.name): \(vip) ---
      \(summary.transitions) transitions\(earlier), \(summary.stuck) stuck, \(summary.void) void
      \(summary.probesSent) probes, \(summary.probesLost) lost, \(summary.misdirected) misdirected
      loss of connectivity\(summary.recoveryLoss == nil ? "" : " after faults") min/median/p90/max: \
      \(spans.text(loss.min)) / \(spans.text(loss.p50)) / \
      \(spans.text(loss.p90)) / \(spans.text(loss.max))
      """
  }
}
