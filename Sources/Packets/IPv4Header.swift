/// An IPv4 header (RFC 791). Options are skipped when read and never written.
package struct IPv4Header: Hashable {
  package var timeToLive: UInt8
  package var transport: TransportProtocol
  package var source: IPv4Address
  package var destination: IPv4Address

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let versionAndLength = try reader.read(UInt8.self)
    guard versionAndLength >> 4 == 4 else {
      throw .unexpected(field: "IP version", value: UInt64(versionAndLength >> 4))
    }
    let headerLength = Int(versionAndLength & 0xf) * 4
    guard headerLength >= IPv4Header.leastLength else {
      throw .unexpected(field: "IP header length", value: UInt64(headerLength))
    }
    try reader.skip(1 + 2 + 2 + 2)  // DSCP and ECN, total length, identification, fragment
    timeToLive = try reader.read()
    transport = TransportProtocol(rawValue: try reader.read())
    try reader.skip(2)  // checksum
    source = try IPv4Address(parsing: &reader)
    destination = try IPv4Address(parsing: &reader)
    try reader.skip(headerLength - IPv4Header.leastLength)
  }

  /// Without options.
  package static let leastLength = 20
}

/// What an IP packet carries (IANA "Protocol Numbers").
package struct TransportProtocol: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let icmp = TransportProtocol(rawValue: 1)
  package static let udp = TransportProtocol(rawValue: 17)
  package static let tcp = TransportProtocol(rawValue: 6)
  package static let icmpv6 = TransportProtocol(rawValue: 58)
  /// And CARP, which borrows the number.
  package static let vrrp = TransportProtocol(rawValue: 112)
}
