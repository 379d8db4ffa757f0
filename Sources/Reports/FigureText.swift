import Measurement
import Packets
import Records

/// Writes figures that are no spans: rates, ratios, shares.
enum FigureText {
  /// Three digits: `18.0 Gbit/s`.
  static func rate(_ bitsPerSecond: Double?) -> String {
    guard let bitsPerSecond else { return missing }
    let (unit, scale) = unit(of: bitsPerSecond)
    return digits(bitsPerSecond / scale) + " " + unit
  }

  /// `17.2-18.4 Gbit/s`.
  static func rates(_ interval: ConfidenceInterval?) -> String {
    guard let interval else { return missing }
    let (unit, scale) = unit(of: interval.high)
    return "\(digits(interval.low / scale))-\(digits(interval.high / scale)) \(unit)"
  }

  /// `0.71x (0.65-0.75)`.
  static func ratio(_ value: Double?, _ interval: ConfidenceInterval?) -> String {
    guard let value else { return missing }
    let range = interval.map { " (\(digits($0.low))-\(digits($0.high)))" } ?? ""
    return digits(value) + "x" + range
  }

  /// `19.0-22.4 us`.
  static func spans(_ interval: ConfidenceInterval?) -> String {
    guard let interval else { return missing }
    return SpanText.fine(
      [interval.low, interval.high].map { TimeSpan(clamping: $0) }, separator: "-")
  }

  static func percent(_ share: Double) -> String { digits(share * 100) + " %" }

  /// How many were heeded: `3 of 8`.
  static func share(_ share: HeededShare?) -> String {
    share.map { "\($0.heeded) of \($0.of)" } ?? missing
  }

  static func seconds(_ seconds: Double?) -> String {
    seconds.map { digits($0) + " s" } ?? missing
  }

  static let missing = "-"
  static let skipped = "skipped"

  private static func unit(of bitsPerSecond: Double) -> (String, Double) {
    let units: [(String, Double)] = [("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)]
    return units.first { abs(bitsPerSecond) >= $0.1 } ?? ("bit/s", 1)
  }

  /// Three significant digits.
  static func digits(_ value: Double) -> String {
    guard value.isFinite else { return missing }
    let magnitude = abs(value)
    // What rounds up to the next digit counts as that.
    let places =
      magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : magnitude >= 0.0995 || value == 0 ? 2 : 3
    return decimal(value, places: places)
  }

  /// Rounded half away from zero.
  static func decimal(_ value: Double, places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let whole = Int64(scaled)
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(whole)" }
    let digits = String(whole)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
  }
}
