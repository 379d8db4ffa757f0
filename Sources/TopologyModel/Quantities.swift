package import Packets

/// A rate in bits per second.
package struct BitRate: Hashable, Sendable {
  package let bitsPerSecond: UInt64
}

/// A share of packets, 0 to 1.
package struct Share: Hashable, Sendable {
  package let fraction: Double
}

/// A value with a spelling in a topology file.
protocol Spelled: Sendable {
  init?(spelling: String)
  /// What a right spelling is, for a message: `a time with its unit, as in 500us`.
  static var rightSpelling: String { get }
}

extension TimeSpan: Spelled {
  init?(spelling: String) { self.init(spelling) }
  static var rightSpelling: String {
    "a time with its unit (ns, us, ms, s, min, h; at most 2400h), as in `500us`"
  }
}

extension BitRate {
  /// As in a topology file: `100mbit`.
  package init?(_ text: String) { self.init(spelling: text) }
}

extension BitRate: Spelled {
  private static let units: [(String, Double)] = [
    ("kbit", 1e3), ("mbit", 1e6), ("gbit", 1e9), ("bit", 1),
  ]

  init?(spelling: String) {
    guard let (unit, scale) = BitRate.units.first(where: { spelling.hasSuffix($0.0) }),
      let value = plainNumber(spelling.dropLast(unit.count)), value * scale >= 1,
      value * scale < 1e15
    else { return nil }
    bitsPerSecond = UInt64((value * scale).rounded())
  }

  static var rightSpelling: String { "a rate with its unit (bit, kbit, mbit, gbit), as in `1gbit`" }
}

extension Share: Spelled {
  init?(spelling: String) {
    guard spelling.last == "%", let value = plainNumber(spelling.dropLast()), value <= 100
    else { return nil }
    fraction = value / 100
  }

  static var rightSpelling: String { "a percentage, as in `0.5%`" }
}

/// A decimal number without sign or exponent.
private func plainNumber(_ text: Substring) -> Double? {
  guard let first = text.utf8.first, (48...57).contains(first),
    text.utf8.allSatisfy({ (48...57).contains($0) || $0 == 46 })
  else { return nil }
  return Double(text)
}

extension IPAddress: Spelled {
  init?(spelling: String) { self.init(spelling) }
  static var rightSpelling: String { "an IP address, as in `10.0.1.20` or `fd00:1::20`" }
}

extension IPNetwork: Spelled {
  init?(spelling: String) { self.init(spelling) }

  static var rightSpelling: String {
    "a network address and prefix length without host bits, as in `10.0.1.0/24` or `fd00:1::/64`"
  }
}

extension MACAddress: Spelled {
  init?(spelling: String) { self.init(spelling) }
  static var rightSpelling: String { "a MAC address, as in `02:00:00:00:00:01`" }
}

extension Bool: Spelled {
  init?(spelling: String) {
    switch spelling {
    case "true": self = true
    case "false": self = false
    default: return nil
    }
  }
  static var rightSpelling: String { "`true` or `false`" }
}

extension Int: Spelled {
  init?(spelling: String) { self.init(spelling) }
  static var rightSpelling: String { "a whole number" }
}

extension UInt64: Spelled {
  init?(spelling: String) { self.init(spelling) }
  static var rightSpelling: String { "a whole number" }
}

extension String: Spelled {
  init?(spelling: String) { self = spelling }
  static var rightSpelling: String { "text" }
}
