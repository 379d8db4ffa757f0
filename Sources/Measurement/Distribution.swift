package import Packets

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
