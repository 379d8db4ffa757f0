/// How a probe that is a connection tells its number: by the port that it comes from, which holds the
/// lower 14 bits. The ports lie below those that the kernel gives out (`ip_local_port_range`).
package enum PortNumbering {
  private static let first: UInt16 = 0x4000
  private static let mask: UInt32 = 0x3fff

  package static func port(of sequence: UInt32) -> UInt16 {
    first | UInt16(sequence & mask)
  }

  /// The lower bits; `nil` of a port of somebody else.
  package static func number(of port: UInt16) -> UInt32? {
    port & ~UInt16(mask) == first ? UInt32(port) & mask : nil
  }

  /// How many numbers lie between two, the one after the other, by their lower bits.
  package static func distance(from earlier: UInt32, to later: UInt32) -> Int {
    Int((later &- earlier) & mask)
  }

  /// The number that ends in these bits and is nearest to `other`.
  package static func whole(_ bits: UInt32, near other: UInt32) -> UInt32 {
    let distance = (bits &- other) & mask
    let isBehind = distance > mask / 2 && other >= mask + 1 - distance
    return isBehind ? other - (mask + 1 - distance) : other &+ distance
  }
}
