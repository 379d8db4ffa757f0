/// An IEEE 802 48-bit MAC address.
package struct MACAddress: Hashable, Sendable {
  /// The address in the low 48 bits, first octet highest.
  package let rawValue: UInt64

  package init(rawValue: UInt64) {
    self.rawValue = rawValue & 0xffff_ffff_ffff
  }

  package static let broadcast = MACAddress(rawValue: 0xffff_ffff_ffff)
  package static let zero = MACAddress(rawValue: 0)

  /// A locally administered unicast address (IEEE 802c "02"), the same for the same numbers.
  package static func local(group: UInt8, member: UInt16) -> MACAddress {
    MACAddress(rawValue: 0x0200_0000_0000 | UInt64(group) << 32 | UInt64(member))
  }

  /// An address of the same owner's for one of his ports: locally administered, with the port's
  /// number in the middle octets.
  package func behind(port: UInt16) -> MACAddress {
    MACAddress(rawValue: rawValue & 0xffff_0000_ffff | 0x0200_0000_0000 | UInt64(port) << 16)
  }

  /// The individual/group bit: set for multicast and broadcast.
  package var isGroup: Bool { rawValue & 0x0100_0000_0000 != 0 }

  /// Whether it is that of a VRRP virtual router (RFC 9568, section 7.3).
  package var isVirtualRouter: Bool {
    [0x0000_5e00_0100, 0x0000_5e00_0200].contains(rawValue & 0xffff_ffff_ff00)
  }

  package var octets: [UInt8] {
    (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> UInt64(40 - 8 * $0)) }
  }
}

extension MACAddress: LosslessStringConvertible {
  /// Six hexadecimal octets separated by colons, as `ip link` prints them.
  package init?(_ text: String) {
    let octets = text.split(separator: ":", omittingEmptySubsequences: false)
    guard octets.count == 6 else { return nil }
    var value: UInt64 = 0
    for octet in octets {
      guard (1...2).contains(octet.utf8.count), let byte = UInt8(octet, radix: 16),
        octet.first != "+"
      else { return nil }
      value = value << 8 | UInt64(byte)
    }
    self.init(rawValue: value)
  }

  package var description: String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
  }
}

extension MACAddress: WireFormat {
  package static let wireLength = 6

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let high = try reader.read(UInt16.self)
    let low = try reader.read(UInt32.self)
    self.init(rawValue: UInt64(high) << 32 | UInt64(low))
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(UInt16(truncatingIfNeeded: rawValue >> 32))
    writer.write(UInt32(truncatingIfNeeded: rawValue))
  }
}

extension MACAddress: CodedAsText {}
