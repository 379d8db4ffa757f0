import Measurement
import Testing

@Suite struct StatisticsTests {
  @Test func theMedianOfAnEvenNumberIsTheMeanOfTheMiddleTwo() {
    #expect([3.0, 1, 2].median == 2)
    #expect([4.0, 1, 3, 2].median == 2.5)
    #expect([Double]().median == nil)
  }

  /// The median of a resample of 1…n is at most k when at least half of n draws are, each with the
  /// chance k/n: the exact distribution of the bootstrap, for n = 7: P(≤1) = 1.0 %,
  /// P(≤2) = 10.8 %, so the 2.5th percentile is 2; by symmetry the 97.5th is 6. For n = 5:
  /// P(≤1) = 5.8 %.
  @Test(arguments: [(5, 1.0, 5.0), (7, 2.0, 6.0)])
  func theIntervalOfAMedianIsThatOfTheExactDistribution(
    count: Int, low: Double, high: Double
  ) {
    for seed in UInt64(0)..<5 {
      var bootstrap = Bootstrap(seed: seed)
      let estimate = bootstrap.median(of: (1...count).map { Double($0) })
      #expect(estimate?.value == Double(count + 1) / 2)
      #expect(estimate?.interval == ConfidenceInterval(low: low, high: high))
    }
  }

  @Test func theSameSeedGivesTheSameInterval() {
    let values = (0..<40).map { Double($0 * $0 % 37) }
    var (first, second) = (Bootstrap(seed: 7), Bootstrap(seed: 7))
    let intervals = (first.median(of: values), second.median(of: values))
    #expect(intervals.0 == intervals.1)
  }

  @Test func fourValuesTellNoInterval() {
    var bootstrap = Bootstrap(seed: 1)
    let estimate = bootstrap.median(of: [1, 2, 3, 4])
    #expect(estimate?.interval == nil)
    #expect(estimate?.excludes(100) == false)
    let none = bootstrap.median(of: [])
    #expect(none == nil)
  }

  /// Each round is half as fast as its own native one, whatever the machine does from round to
  /// round: pairing shows it, the two medians apart would not.
  @Test func ratiosAreOfPairs() {
    var bootstrap = Bootstrap(seed: 1)
    let pairs = [8.0, 40, 10, 22, 31].map { (value: $0 / 2, base: $0) }
    let estimate = bootstrap.ratio(of: pairs)
    #expect(estimate?.value == 0.5)
    #expect(estimate?.interval == ConfidenceInterval(low: 0.5, high: 0.5))
    #expect(estimate?.excludes(1) == true)
    #expect(estimate?.excludes(0.5) == false)
  }

  @Test func aPairWithoutABaseIsLeftOut() {
    var bootstrap = Bootstrap(seed: 1)
    let none = bootstrap.ratio(of: [(value: 3, base: 0)])
    #expect(none == nil)
    let estimate = bootstrap.ratio(of: [(value: 3, base: 0), (value: 4, base: 2)])
    #expect(estimate == Estimate(value: 2, interval: nil))
  }

  @Test func aDifferenceThatIsInTheNoiseIsNotClaimed() {
    var bootstrap = Bootstrap(seed: 3)
    let noise = [9.0, 12, 8, 11, 10, 13, 7, 10, 11, 9]
    let same = bootstrap.difference(of: noise.reversed(), from: noise)
    #expect(same?.value == 0 && same?.excludes(0) == false)
    let apart = bootstrap.difference(of: noise.map { $0 + 20 }, from: noise)
    #expect(apart?.value == 20 && apart?.excludes(0) == true)
  }
}
