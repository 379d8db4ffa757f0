/// How often something came that comes by chance, and which rates would not be a wonder.
package struct EventRate: Codable, Hashable, Sendable {
  package var count: Int
  /// That it was looked for.
  package var hours: Double
  package var perHour: Double
  /// The rates that are not ruled out by the count (F. Garwood, Fiducial limits for the Poisson
  /// distribution, 1936).
  package var perHourInterval: ConfidenceInterval

  /// `hours` is more than 0.
  package init(_ count: Int, in hours: Double) {
    self.count = count
    self.hours = hours
    perHour = Double(count) / hours
    perHourInterval = ConfidenceInterval(
      low: EventRate.least(count) / hours, high: EventRate.most(count) / hours)
  }

  private enum CodingKeys: String, CodingKey {
    case count, hours
    case perHour = "per_hour"
    case perHourInterval = "per_hour_ci95"
  }
}

extension EventRate {
  /// On each side.
  private static let doubt = 0.025

  /// The least mean with which so many or more are no wonder.
  private static func least(_ count: Int) -> Double {
    guard count > 0 else { return 0 }
    return mean { 1 - probability(ofAtMost: count - 1, mean: $0) < doubt }
  }

  /// The largest mean with which so few or less are none.
  private static func most(_ count: Int) -> Double {
    mean { probability(ofAtMost: count, mean: $0) > doubt }
  }

  /// The mean up to which `isBelow` holds.
  private static func mean(_ isBelow: (Double) -> Bool) -> Double {
    var (low, high) = (0.0, 4.0)
    while isBelow(high) { high *= 2 }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle } else { high = middle }
    }
    return high
  }

  /// Of a Poisson distribution: the share of the terms mean^k/k! up to that of `count` among all of them.
  private static func probability(ofAtMost count: Int, mean: Double) -> Double {
    var (term, all, below) = (1.0, 1.0, 1.0)
    var number = 0.0
    while number <= Double(count) || number <= mean || term > all * negligible {
      number += 1
      term *= mean / number
      all += term
      if number <= Double(count) { below = all }
      if all > largest { (term, all, below) = (term / largest, all / largest, below / largest) }
    }
    return below / all
  }

  private static let negligible = 1e-17
  private static let largest = 1e250
}
