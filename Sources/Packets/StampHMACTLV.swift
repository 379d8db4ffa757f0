/// The HMAC TLV, which signs the sequence number of a STAMP packet and the TLVs before it (RFC 8972,
/// section 4.8). Nothing but padding follows it.
package struct StampHMACTLV: Hashable, WireFormat {
  package static let wireLength = StampTLVHeader.wireLength + Int(valueLength)
  static let valueLength: UInt16 = 16
  static let type: UInt8 = 8

  package var flags: StampTLVHeader.Flags
  package var tag: UInt128

  init(flags: StampTLVHeader.Flags = .unrecognised, tag: UInt128) {
    self.flags = flags
    self.tag = tag
  }

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let header = try StampTLVHeader(parsing: &reader)
    guard header.type == StampHMACTLV.type, header.length == StampHMACTLV.valueLength else {
      throw .unexpected(field: "STAMP TLV type", value: UInt64(header.type))
    }
    flags = header.flags
    tag = try reader.read()
  }

  package func write(to writer: inout ByteWriter) {
    var header = StampTLVHeader(type: StampHMACTLV.type, length: StampHMACTLV.valueLength)
    header.flags = flags
    header.write(to: &writer)
    writer.write(tag)
  }
}
