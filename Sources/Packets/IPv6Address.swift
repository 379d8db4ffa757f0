import Glibc

/// An IPv6 address (RFC 4291).
package struct IPv6Address: Hashable, Sendable {
  /// The address in host byte order.
  package let rawValue: UInt128

  package init(rawValue: UInt128) { self.rawValue = rawValue }

  /// All nodes of a link (RFC 4291, section 2.7.1).
  package static let allNodes = IPv6Address(rawValue: 0xff02 << 112 | 1)

  /// Whether it is in ff00::/8.
  package var isMulticast: Bool { rawValue >> 120 == 0xff }

  /// Whether it is in fe80::/10, of which every link has its own.
  package var isLinkLocal: Bool { rawValue >> 118 == 0x3fa }

  /// The MAC address that frames for this multicast address go to (RFC 2464, section 7).
  package var multicastMAC: MACAddress {
    MACAddress(rawValue: 0x3333_0000_0000 | UInt64(truncatingIfNeeded: rawValue) & 0xffff_ffff)
  }
}

extension IPv6Address: LosslessStringConvertible {
  /// The forms of RFC 4291, section 2.2, without a zone.
  package init?(_ text: String) {
    var address = in6_addr()
    guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
    self.init(
      rawValue: withUnsafeBytes(of: address) {
        UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self))
      })
  }

  /// As RFC 5952 recommends.
  package var description: String {
    var bytes = rawValue.bigEndian
    return String(unsafeUninitializedCapacity: Int(INET6_ADDRSTRLEN)) { text in
      text.withMemoryRebound(to: CChar.self) { text in
        inet_ntop(AF_INET6, &bytes, text.baseAddress, socklen_t(text.count))
        return strlen(text.baseAddress!)
      }
    }
  }
}

extension IPv6Address: WireFormat {
  package static let wireLength = 16

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    self.init(rawValue: try reader.read())
  }

  package func write(to writer: inout ByteWriter) { writer.write(rawValue) }
}
