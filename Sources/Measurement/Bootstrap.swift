import TopologyModel

/// Intervals from resampling (B. Efron, Bootstrap Methods, 1979; the percentile method): nothing is
/// assumed of how the values are distributed. The same seed gives the same interval.
package struct Bootstrap: Sendable {
  /// With fewer values than this even their whole range holds the true median too seldom: of four,
  /// in 7 of 8 runs.
  package static let leastValues = 5
  private static let resamples = 2_000

  private var generator: SplitMix64

  package init(seed: UInt64) { generator = SplitMix64(state: seed) }

  /// The median of `values`.
  package mutating func median(of values: [Double]) -> Estimate? {
    guard let median = values.median else { return nil }
    guard values.count >= Bootstrap.leastValues else {
      return Estimate(value: median, interval: nil)
    }
    return Estimate(value: median, interval: interval { $0.resampledMedian(of: values) })
  }

  /// The median ratio of values that were measured in pairs, round by round. Pairs without a
  /// positive base say nothing and are left out.
  package mutating func ratio(of pairs: [(value: Double, base: Double)]) -> Estimate? {
    median(of: pairs.filter { $0.base > 0 }.map { $0.value / $0.base })
  }

  /// By how much the median of `values` is above the median of `base`.
  package mutating func difference(of values: [Double], from base: [Double]) -> Estimate? {
    guard let median = values.median, let baseMedian = base.median else { return nil }
    guard min(values.count, base.count) >= Bootstrap.leastValues else {
      return Estimate(value: median - baseMedian, interval: nil)
    }
    return Estimate(
      value: median - baseMedian,
      interval: interval { $0.resampledMedian(of: values) - $0.resampledMedian(of: base) })
  }

  /// The middle 95 % of what `statistic` comes to.
  private mutating func interval(_ statistic: (inout Bootstrap) -> Double) -> ConfidenceInterval {
    let sorted = (0..<Bootstrap.resamples).map { _ in statistic(&self) }.sorted()
    return ConfidenceInterval(
      low: sorted[Bootstrap.resamples * 25 / 1_000],
      high: sorted[Bootstrap.resamples * 975 / 1_000 - 1])
  }

  private mutating func resampledMedian(of values: [Double]) -> Double {
    let drawn = values.map { _ in values.randomElement(using: &generator) ?? 0 }
    return drawn.median ?? 0
  }
}
