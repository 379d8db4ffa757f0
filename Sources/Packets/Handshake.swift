/// A TCP segment with SYN, as far as this program looks into it (RFC 9293, section 3.1).
package struct Handshake: Hashable, Sendable {
  package var source: IPAddress
  package var sourcePort: UInt16
  package var destination: IPAddress
  package var destinationPort: UInt16
  /// Whether it answers one: SYN and ACK.
  package var isAnswer: Bool

  /// Reads what follows the IP header.
  init(
    from source: IPAddress, to destination: IPAddress, parsing reader: inout ByteReader
  ) throws(ParseError) {
    self.source = source
    self.destination = destination
    sourcePort = try reader.read()
    destinationPort = try reader.read()
    try reader.skip(4 + 4 + 1)  // sequence and acknowledgement number, data offset
    let flags = try reader.read(UInt8.self)
    guard flags & Handshake.syn != 0 else {
      throw .unexpected(field: "TCP flags", value: UInt64(flags))
    }
    isAnswer = flags & Handshake.ack != 0
  }

  private static let syn: UInt8 = 0x02
  private static let ack: UInt8 = 0x10
}
