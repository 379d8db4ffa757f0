import Measurement
import Testing

@Suite struct EventRateTests {
  /// The exact limits of F. Garwood's table, as every textbook has them.
  @Test(arguments: [
    (0, 0.0, 3.689), (1, 0.0253, 5.572), (2, 0.242, 7.225), (5, 1.623, 11.668), (10, 4.795, 18.390),
    (100, 81.36, 121.63),
  ])
  func theLimitsAreThoseOfTheTable(count: Int, low: Double, high: Double) {
    let rate = EventRate(count, in: 1)
    #expect(rate.perHour == Double(count))
    #expect(abs(rate.perHourInterval.low - low) < 0.006, "\(rate)")
    #expect(abs(rate.perHourInterval.high - high) < 0.006, "\(rate)")
  }

  @Test func theRateIsByTheHour() {
    let rate = EventRate(3, in: 0.5)
    #expect(rate.perHour == 6 && rate.perHourInterval.excludes(18))
    #expect(!rate.perHourInterval.excludes(6))
  }

  /// Of many the distribution is a normal one.
  @Test func manyAreNoTrouble() {
    let rate = EventRate(40_000, in: 1)
    #expect(abs(rate.perHourInterval.low - (40_000 - 1.96 * 200)) < 4)
    #expect(abs(rate.perHourInterval.high - (40_000 + 1.96 * 200)) < 4)
  }
}
