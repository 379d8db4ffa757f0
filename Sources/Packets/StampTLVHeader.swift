/// What every TLV of a STAMP packet begins with (RFC 8972, section 4).
package struct StampTLVHeader: Hashable, WireFormat {
  package static let wireLength = 4

  package struct Flags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// U: set by the sender, cleared by a reflector that knows the type.
    package static let unrecognised = Flags(rawValue: 0x80)
    /// M: set by a reflector of one whose length cannot be.
    package static let malformed = Flags(rawValue: 0x40)
    /// I: set by a reflector of those whose HMAC is not as it should be.
    package static let failed = Flags(rawValue: 0x20)
  }

  package var flags: Flags
  package var type: UInt8
  /// Of the value, in bytes.
  package var length: UInt16

  /// Of one that nobody has recognised yet.
  package init(type: UInt8, length: UInt16) {
    flags = .unrecognised
    self.type = type
    self.length = length
  }

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    flags = Flags(rawValue: try reader.read())
    type = try reader.read()
    length = try reader.read()
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(flags.rawValue)
    writer.write(type)
    writer.write(length)
  }

  package var isPadding: Bool { type == StampPadding.type }
}
