/// What a STAMP packet of this program carries beyond the standard: which run it belongs to, which
/// node sent it and which answered. A STAMP TLV of a private-use type (RFC 8972, sections 4 and 5).
package struct ProbeTLV: Hashable, WireFormat {
  package static let wireLength = StampTLVHeader.wireLength + Int(valueLength)
  private static let valueLength: UInt16 = 12
  /// In the range RFC 8972 keeps for private use, 252–254.
  private static let type: UInt8 = 252

  /// The reflector of a packet nobody has answered yet.
  package static let noReflector: UInt16 = 0xffff

  package var flags: StampTLVHeader.Flags
  /// Tells this run's packets from a stranger's.
  package var run: UInt64
  /// The index of the node that probes.
  package var sender: UInt16
  /// The index of the node that answered.
  package var reflector: UInt16

  package init(run: UInt64, sender: UInt16) {
    flags = .unrecognised
    self.run = run
    self.sender = sender
    reflector = ProbeTLV.noReflector
  }

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let header = try StampTLVHeader(parsing: &reader)
    guard header.type == ProbeTLV.type else {
      throw .unexpected(field: "STAMP TLV type", value: UInt64(header.type))
    }
    guard header.length == ProbeTLV.valueLength else {
      throw .unexpected(field: "STAMP TLV length", value: UInt64(header.length))
    }
    flags = header.flags
    run = try reader.read()
    sender = try reader.read()
    reflector = try reader.read()
  }

  package func write(to writer: inout ByteWriter) {
    var header = StampTLVHeader(type: ProbeTLV.type, length: ProbeTLV.valueLength)
    header.flags = flags
    header.write(to: &writer)
    writer.write(run)
    writer.write(sender)
    writer.write(reflector)
  }
}
