/// What a STAMP packet of this program carries beyond the standard: which run it belongs to, which
/// node sent it and which answered. A STAMP TLV of a private-use type (RFC 8972, sections 4 and 5).
package struct ProbeTLV: Hashable, WireFormat {
  package static let wireLength = 4 + Int(valueLength)
  private static let valueLength: UInt16 = 12
  /// In the range RFC 8972 keeps for private use, 252–254.
  private static let type: UInt8 = 252

  package struct Flags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// U: set by the sender, cleared by a reflector that knows the type.
    package static let unrecognised = Flags(rawValue: 0x80)
  }

  /// The reflector of a packet nobody has answered yet.
  package static let noReflector: UInt16 = 0xffff

  package var flags: Flags
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
    flags = Flags(rawValue: try reader.read())
    let type = try reader.read(UInt8.self)
    guard type == ProbeTLV.type else {
      throw .unexpected(field: "STAMP TLV type", value: UInt64(type))
    }
    let length = try reader.read(UInt16.self)
    guard length == ProbeTLV.valueLength else {
      throw .unexpected(field: "STAMP TLV length", value: UInt64(length))
    }
    run = try reader.read()
    sender = try reader.read()
    reflector = try reader.read()
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(flags.rawValue)
    writer.write(ProbeTLV.type)
    writer.write(ProbeTLV.valueLength)
    writer.write(run)
    writer.write(sender)
    writer.write(reflector)
  }
}
