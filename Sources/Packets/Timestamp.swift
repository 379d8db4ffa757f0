/// An instant in nanoseconds since the Unix epoch (`CLOCK_REALTIME`), good until 2262.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
  package var nanoseconds: Int64

  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Refuses what is not between 1970 and 2116, so that differences of saved instants are safe.
  package init(from decoder: any Decoder) throws {
    nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    guard (0...(1 << 62)).contains(nanoseconds) else {
      throw decoder.refusal("\(nanoseconds) ns is no instant of a run")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(nanoseconds)
  }

  package static let distantFuture = Timestamp(nanoseconds: .max)

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
  package static func + (instant: Timestamp, span: TimeSpan) -> Timestamp {
    Timestamp(nanoseconds: instant.nanoseconds.plus(span.nanoseconds))
  }
  package static func - (instant: Timestamp, span: TimeSpan) -> Timestamp {
    Timestamp(nanoseconds: instant.nanoseconds.minus(span.nanoseconds))
  }
  package static func - (later: Timestamp, earlier: Timestamp) -> TimeSpan {
    TimeSpan(nanoseconds: later.nanoseconds.minus(earlier.nanoseconds))
  }
  package static func += (instant: inout Timestamp, span: TimeSpan) { instant = instant + span }
}

/// The 64-bit NTP timestamp format (RFC 5905, section 6): seconds since 1900 in the high half,
/// their fraction in the low one. It wraps in 2036; a clear top bit means the era after that
/// (RFC 4330, section 3).
extension Timestamp {
  private static let secondsFrom1900To1970: UInt64 = 2_208_988_800
  private static let nanosecondsPerSecond: UInt64 = 1_000_000_000

  /// Rounded down to the nanosecond, so that `init(ntp: t.ntp) == t`.
  package init(ntp: UInt64) {
    let era: UInt64 = ntp >> 63 == 0 ? 1 << 32 : 0
    let seconds = Int64(era + (ntp >> 32)) - Int64(Timestamp.secondsFrom1900To1970)
    let fraction = ((ntp & 0xffff_ffff) * Timestamp.nanosecondsPerSecond) >> 32
    self.init(nanoseconds: seconds * 1_000_000_000 + Int64(fraction))
  }

  /// Rounded up to the next 2⁻³² s.
  package var ntp: UInt64 {
    let whole = UInt64(bitPattern: nanoseconds)
    let (seconds, rest) = whole.quotientAndRemainder(dividingBy: Timestamp.nanosecondsPerSecond)
    let fraction =
      ((rest << 32) + Timestamp.nanosecondsPerSecond - 1) / Timestamp.nanosecondsPerSecond
    return ((seconds + Timestamp.secondsFrom1900To1970) << 32) &+ fraction
  }
}
