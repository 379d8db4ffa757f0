/// A UDP header (RFC 768), read without verifying its checksum, which the sender's offload may not
/// have filled in yet.
package struct UDPHeader: Hashable {
  package var sourcePort: UInt16
  package var destinationPort: UInt16
  package var length: UInt16

  package static let wireLength = 8

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    sourcePort = try reader.read()
    destinationPort = try reader.read()
    length = try reader.read()
    guard length >= UInt16(UDPHeader.wireLength) else {
      throw .unexpected(field: "UDP length", value: UInt64(length))
    }
    try reader.skip(2)  // checksum
  }
}
