package import Measurement
package import Packets

/// What a juggle says that goes on for days: a line an hour while all is well, and what is not at once.
package struct CalmLog {
  private let log: JuggleLog
  private let spans: SpanText
  /// When the hour began that is under way; `nil` before the first turn.
  private var began: Timestamp?
  private var losses: [TimeSpan] = []
  private var counts: [Verdict: Int] = [:]

  /// Of the transition that is under way.
  private var notes: [String] = []

  private static let hour = TimeSpan.seconds(3_600)
  private static let mostNotes = 100

  package init(_ log: JuggleLog, probeInterval: TimeSpan) {
    self.log = log
    spans = SpanText(resolution: probeInterval)
  }

  /// The lines that a transition makes: its own where it is not good, and that of an hour that is over.
  package mutating func transition(_ record: TransitionRecord) -> [String] {
    let hour = tick(record.scheduled)
    counts[record.verdict, default: 0] += 1
    losses += [record].outages.map(\.lossOfConnectivity)
    defer { notes = [] }
    let own = record.verdict == .good ? [] : notes + [log.transition(record)]
    return [hour].compactMap(\.self) + own
  }

  /// What is said only if the transition turns out not to be good.
  package mutating func note(_ line: String) {
    if notes.count < CalmLog.mostNotes { notes.append(line) }
  }

  /// What is said of the hour that is over at `instant`, if one is.
  private mutating func tick(_ instant: Timestamp) -> String? {
    guard let began else {
      began = instant
      return nil
    }
    guard instant - began >= CalmLog.hour else { return nil }
    defer { (self.began, losses, counts) = (instant, [], [:]) }
    let total = counts.values.reduce(0, +)
    let others = [Verdict.stuck, .void].compactMap { verdict in
      counts[verdict].map { "\($0) \(verdict.rawValue)" }
    }
    let verdicts =
      others.isEmpty
      ? "all good" : (["\(counts[.good] ?? 0) good"] + others).joined(separator: ", ")
    let loss = Distribution(losses).map {
      "; loss of connectivity median \(spans.text($0.p50)), longest \(spans.text($0.max))"
    }
    let transitions = total == 1 ? "a transition" : "\(total) transitions"
    return "\(instant.clock)  \(transitions) since \(began.clock), \(verdicts)\(loss ?? "")"
  }
}
