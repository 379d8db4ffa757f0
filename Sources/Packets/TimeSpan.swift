/// A length of time in whole nanoseconds. Sums and products that no `Int64` holds, 292 years, are as long as it
/// can tell.
package struct TimeSpan: Hashable, Comparable, Sendable, Codable, AdditiveArithmetic {
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Refuses what no measurement lasts, so that sums and differences of saved spans are safe.
  package init(from decoder: any Decoder) throws {
    nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    guard TimeSpan.measurable.contains(nanoseconds) else {
      throw decoder.refusal("\(nanoseconds) ns is longer than anything that is measured")
    }
  }

  /// A hundred days.
  private static let measurable: ClosedRange<Int64> = -8_640_000_000_000_000...8_640_000_000_000_000

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(nanoseconds)
  }

  package static let zero = TimeSpan(nanoseconds: 0)

  package static func microseconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: count * 1_000)
  }
  package static func milliseconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: count * 1_000_000)
  }
  package static func seconds(_ count: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: count * 1_000_000_000)
  }

  package static func < (left: TimeSpan, right: TimeSpan) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
  package static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: left.nanoseconds.plus(right.nanoseconds))
  }
  package static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: left.nanoseconds.minus(right.nanoseconds))
  }
  package static func * (count: Int, span: TimeSpan) -> TimeSpan {
    let (product, isTooLong) = Int64(count).multipliedReportingOverflow(by: span.nanoseconds)
    guard isTooLong else { return TimeSpan(nanoseconds: product) }
    return TimeSpan(nanoseconds: (count < 0) == (span.nanoseconds < 0) ? .max : -.max)
  }
  package static func / (span: TimeSpan, parts: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: span.nanoseconds / parts)
  }

  package var seconds: Double { Double(nanoseconds) / 1e9 }

  /// A number of nanoseconds that may be anything, as in a file of somebody else's.
  package init(clamping nanoseconds: Double) {
    let most = Double(TimeSpan.measurable.upperBound)
    self.init(nanoseconds: nanoseconds.isNaN ? 0 : Int64(min(max(nanoseconds, -most), most)))
  }
}

extension Int64 {
  /// The sum, or the most there is; never `min`, which has no magnitude.
  func plus(_ other: Int64) -> Int64 {
    let (sum, isTooFar) = addingReportingOverflow(other)
    return isTooFar ? (other > 0 ? .max : -.max) : sum
  }

  func minus(_ other: Int64) -> Int64 {
    let (difference, isTooFar) = subtractingReportingOverflow(other)
    return isTooFar ? (other < 0 ? .max : -.max) : difference
  }
}

extension TimeSpan: LosslessStringConvertible {
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("h", 3_600_000_000_000), ("min", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
    ("us", 1_000), ("ns", 1),
  ]

  /// A number and its unit, `h`, `min`, `s`, `ms`, `us` or `ns`, as in `500us` or `1.5s`; a bare number
  /// is refused, and so is more than a hundred days.
  package init?(_ text: String) {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(number.count)
    guard let scale = TimeSpan.units.first(where: { $0.name == unit })?.nanoseconds,
      let first = number.first, first != ".", number.last != ".",
      let value = Double(number)
    else { return nil }
    let nanoseconds = (value * Double(scale)).rounded()
    guard nanoseconds <= Double(TimeSpan.measurable.upperBound) else { return nil }
    self.init(nanoseconds: Int64(nanoseconds))
  }

  /// The span in the largest unit that leaves a whole number: `1500ms`, `100us`.
  package var description: String {
    let unit =
      TimeSpan.units.dropFirst(2).first { nanoseconds % $0.nanoseconds == 0 } ?? ("ns", 1)
    return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
  }
}
