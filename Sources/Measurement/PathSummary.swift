package import Packets

/// A path's transitions in figures. A transition counts with the prober that was cut off longest;
/// void ones are left out of the distribution.
package struct PathSummary: Codable, Sendable {
  package var transitions: Int
  package var stuck: Int
  package var void: Int
  /// `null` when no transition counts.
  @Nullable package var lossOfConnectivity: Distribution?
  package var probesSent: Int
  package var probesLost: Int
  package var misdirected: Int
  /// Of the median loss of connectivity.
  @Nullable package var p50Interval: ConfidenceInterval?
  /// By how much the median loss of connectivity is above the native path's.
  @Nullable package var p50MinusNative: TimeSpan?
  @Nullable package var p50MinusNativeInterval: ConfidenceInterval?

  package init(_ results: [TransitionResult]) {
    let probers = results.flatMap(\.probers)
    transitions = results.count
    stuck = results.count { $0.verdict == .stuck }
    void = results.count { $0.verdict == .void }
    probesSent = probers.reduce(0) { $0 + $1.probesSent }
    probesLost = probers.reduce(0) { $0 + $1.probesLost }
    misdirected = probers.reduce(0) { $0 + $1.misdirected }
    lossOfConnectivity = Distribution(
      results.filter { $0.verdict != .void }.map(\.lossOfConnectivity))
  }

  private enum CodingKeys: String, CodingKey {
    case transitions, stuck, void, misdirected
    case lossOfConnectivity = "loss_of_connectivity_ns"
    case probesSent = "probes_sent"
    case probesLost = "probes_lost"
    case p50Interval = "loss_of_connectivity_p50_ci95_ns"
    case p50MinusNative = "p50_minus_native_ns"
    case p50MinusNativeInterval = "p50_minus_native_ci95_ns"
  }
}

/// Order statistics of spans, each of them one that was measured (nearest rank).
package struct Distribution: Codable, Hashable, Sendable {
  package var min: TimeSpan
  package var p50: TimeSpan
  package var p90: TimeSpan
  package var p99: TimeSpan
  package var max: TimeSpan

  package init(min: TimeSpan, p50: TimeSpan, p90: TimeSpan, p99: TimeSpan, max: TimeSpan) {
    self.min = min
    self.p50 = p50
    self.p90 = p90
    self.p99 = p99
    self.max = max
  }

  /// `nil` when there are no spans.
  package init?(_ spans: [TimeSpan]) {
    guard !spans.isEmpty else { return nil }
    let sorted = spans.sorted()
    func rank(_ percent: Int) -> TimeSpan {
      sorted[Swift.max(0, (sorted.count * percent + 99) / 100 - 1)]
    }
    min = sorted[0]
    p50 = rank(50)
    p90 = rank(90)
    p99 = rank(99)
    max = sorted[sorted.count - 1]
  }
}
