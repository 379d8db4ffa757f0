import Packets

/// A figure from repeated rounds, with the interval that holds the true one in 95 of 100 runs.
package struct Estimate: Hashable, Sendable {
  package var value: Double
  /// `nil` when there were too few rounds to tell.
  package var interval: ConfidenceInterval?

  package init(value: Double, interval: ConfidenceInterval?) {
    self.value = value
    self.interval = interval
  }

  /// Whether the rounds show that the figure is not `none`.
  package func excludes(_ none: Double) -> Bool {
    interval?.excludes(none) ?? false
  }
}

/// `[low, high]` in JSON.
package struct ConfidenceInterval: Codable, Hashable, Sendable {
  package var low: Double
  package var high: Double

  package init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  package func excludes(_ value: Double) -> Bool { value < low || high < value }

  package init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    low = try container.decode(Double.self)
    high = try container.decode(Double.self)
    guard container.isAtEnd, low <= high, low > -1e16, high < 1e16 else {
      throw decoder.refusal("is no interval from low to high")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(low)
    try container.encode(high)
  }
}

extension [Double] {
  /// The middle value, or the mean of the middle two; `nil` when there are none.
  package var median: Double? {
    guard !isEmpty else { return nil }
    let sorted = sorted()
    let middle = count / 2
    return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
