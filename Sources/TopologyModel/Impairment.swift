package import Packets

/// What a network and its machines do to daemons that watch each other: what is lost and delayed, and a
/// holder whose processes stand still again and again, as those of a machine do that is migrated.
package struct Impairment: Hashable, Sendable {
  /// Added to a segment's own; the jitter is at most the delay.
  package private(set) var delay = TimeSpan.zero
  package private(set) var jitter = TimeSpan.zero
  /// The share of frames that are lost, 0 to 1.
  package private(set) var loss = 0.0
  package private(set) var freeze: Freeze?

  /// None at all.
  package init() {}

  package var isNone: Bool { self == Impairment() }
}

/// How often a holder's processes stand still, and for how long.
package struct Freeze: Hashable, Sendable {
  package let lasting: TimeSpan
  package let every: TimeSpan
}

extension Impairment: CodedAsText {
  /// Parts with commas between them: `loss 1%`, `delay 5ms`, `jitter 20ms`, which without a delay of its
  /// own is one of 20 ms give or take as much, and `freeze 300ms every 10s`; `none`.
  package init?(_ text: String) {
    self.init()
    guard text != "none" else { return }
    var keys: Set<Substring> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: " ")
      guard let key = words.first, keys.insert(key).inserted, take(key, words.dropFirst()) else {
        return nil
      }
    }
    delay = max(delay, jitter)
  }

  private mutating func take(_ key: Substring, _ rest: ArraySlice<Substring>) -> Bool {
    let values = rest.map(String.init)
    let spans = values.map { TimeSpan($0) ?? .zero }
    switch (key, values.count) {
    case ("loss", 1):
      guard let share = Share(spelling: values[0]), 0..<1 ~= share.fraction else { return false }
      loss = share.fraction
    case ("delay", 1) where SegmentLimits.addedDelays.contains(spans[0]): delay = spans[0]
    case ("jitter", 1) where SegmentLimits.addedDelays.contains(spans[0]): jitter = spans[0]
    case ("freeze", 3) where values[1] == "every":
      guard spans[0] > .zero, spans[0] < spans[2], spans[2] >= FailoverSettings.leastTurn,
        spans[2] <= Impairment.longest
      else { return false }
      freeze = Freeze(lasting: spans[0], every: spans[2])
    default: return false
    }
    return true
  }

  private static let longest = TimeSpan.seconds(3600)

  package var description: String {
    var parts: [String] = []
    if loss > 0 { parts.append("loss \(Impairment.percent(loss))") }
    if delay > .zero, delay != jitter { parts.append("delay \(delay)") }
    if jitter > .zero { parts.append("jitter \(jitter)") }
    if let freeze { parts.append("freeze \(freeze.lasting) every \(freeze.every)") }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }

  /// As it is written: `1%`, `0.25%`.
  private static func percent(_ share: Double) -> String {
    let text = "\((share * 1e10).rounded() / 1e8)"
    return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + "%"
  }
}

extension Topology {
  /// The same, with that on the segment of every path.
  package func impaired(by impairment: Impairment) -> Topology {
    var topology = self
    for index in Set(paths.map(\.segment)) {
      let own = segments[index].shaping
      topology.segments[index].shaping = Shaping(
        delay: own.delay + impairment.delay, jitter: own.jitter + impairment.jitter,
        loss: own.loss + impairment.loss - own.loss * impairment.loss, rate: own.rate)
    }
    return topology
  }
}
