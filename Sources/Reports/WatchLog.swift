package import Measurement
package import Packets

/// The lines of a watch: every interruption as it ends.
package struct WatchLog {
  private let spans: SpanText
  /// What stands before a line where several addresses are watched.
  private let isSingle: Bool

  package init(every: TimeSpan, isSingle: Bool) {
    spans = SpanText(resolution: every)
    self.isSingle = isSingle
  }

  private func line(_ instant: Timestamp, _ name: String, _ text: String) -> String {
    "\(instant.clock)  \(isSingle ? "" : "\(name): ")\(text)"
  }

  package func answering(_ name: String, by responder: String, at instant: Timestamp) -> String {
    line(instant, name, "answers come from \(responder)")
  }

  package func silent(_ name: String, since instant: Timestamp, before: String) -> String {
    line(instant, name, "no answer any longer; \(before) answered before")
  }

  package func contested(
    _ name: String, _ one: String, _ other: String, at instant: Timestamp
  ) -> String {
    line(instant, name, "one probe was answered by \(one) and by \(other): both hold the address")
  }

  /// `remark` is what is known of how the probes fared.
  package func unanswered(_ name: String, at instant: Timestamp, remark: String?) -> String {
    let reason =
      remark ?? "it may be held by nobody, or a firewall may drop the probes"
    return line(
      instant, name,
      "nobody has answered yet: \(reason); what is never answered counts as no interruption")
  }

  /// A line a probe, as the Azure seed's program prints it: when it was sent, and who answered.
  package func decided(_ name: String, _ run: FateRun, by responder: String?) -> String {
    run.instants.map { "\($0.precise) + \(isSingle ? "" : "\(name) ")\(responder ?? "")" }
      .joined(separator: "\n")
  }

  /// In several lines: what it cost, who answered, why, and what was seen.
  package func transition(_ name: String, _ record: TransitionRecord) -> String {
    let head = line(record.scheduled, name, summary(of: record))
    guard let prober = record.probers.first else { return head }
    var lines = [head]
    if record.voidReason == nil, let cause = prober.cause {
      lines.append(
        cause == .unexplained
          ? prober.explanation ?? "" : "\(cause.rawValue): \(prober.explanation ?? "")")
    }
    for evidence in prober.evidence.prefix(WatchLog.mostEvidence) {
      lines.append("\(evidence.at.clock)  \(evidence.event)")
    }
    let more = prober.evidence.count - WatchLog.mostEvidence
    if more > 0 { lines.append("and \(more) more, in --json") }
    return lines.joined(separator: "\n    ")
  }

  private static let mostEvidence = 12

  private func summary(of record: TransitionRecord) -> String {
    let prober = record.probers.first
    let who =
      record.to.isEmpty
      ? "\(record.from) answered before, nobody since"
      : record.from == record.to
        ? "\(record.from) answered before and after"
        : "\(record.from) answered before, \(record.to) after"
    let lost =
      prober.map { "\($0.probesLost) \($0.probesLost == 1 ? "probe" : "probes") lost" } ?? ""
    if let reason = record.voidReason {
      // It counts for nothing, and the user may still want to know.
      let cost = prober.flatMap {
        $0.probesLost > 0 ? "; \(lost) by then, in \(spans.text($0.lossOfConnectivity))" : nil
      }
      return "void: \(reason); \(who)\(cost ?? "")"
    }
    guard let prober else { return who }
    guard prober.probesLost > 0 else { return "no probe lost; \(who)" }
    let least = record.to.isEmpty ? "at least " : ""
    return "cut off for \(least)\(spans.text(prober.lossOfConnectivity)), \(lost); \(who)"
  }
}
