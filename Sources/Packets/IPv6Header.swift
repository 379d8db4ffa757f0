/// An IPv6 header (RFC 8200) without extension headers.
package struct IPv6Header: Hashable, WireFormat {
  package static let wireLength = 40

  package var payloadLength: UInt16
  /// What follows: a packet with extension headers is none of this program's.
  package var transport: TransportProtocol
  package var hopLimit: UInt8
  package var source: IPv6Address
  package var destination: IPv6Address

  package init(
    payloadLength: UInt16, transport: TransportProtocol, hopLimit: UInt8, source: IPv6Address,
    destination: IPv6Address
  ) {
    self.payloadLength = payloadLength
    self.transport = transport
    self.hopLimit = hopLimit
    self.source = source
    self.destination = destination
  }

  private static let version: UInt32 = 6

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let first = try reader.read(UInt32.self)  // version, traffic class, flow label
    guard first >> 28 == IPv6Header.version else {
      throw .unexpected(field: "IP version", value: UInt64(first >> 28))
    }
    payloadLength = try reader.read()
    transport = TransportProtocol(rawValue: try reader.read())
    hopLimit = try reader.read()
    source = try IPv6Address(parsing: &reader)
    destination = try IPv6Address(parsing: &reader)
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(IPv6Header.version << 28)
    writer.write(payloadLength)
    writer.write(transport.rawValue)
    writer.write(hopLimit)
    source.write(to: &writer)
    destination.write(to: &writer)
  }
}
