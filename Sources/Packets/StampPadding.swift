/// The Extra Padding TLV, which makes a STAMP packet as long as a test asks (RFC 8972, section 4.1).
package struct StampPadding: Sendable {
  private static let type: UInt8 = 1
  private static let headerLength = 4
  /// Of the whole TLV, in bytes; at least 4.
  private let length: Int

  package init(length: Int) { self.length = length }

  package func write(to writer: inout ByteWriter) {
    writer.write(ProbeTLV.Flags.unrecognised.rawValue)
    writer.write(StampPadding.type)
    writer.write(UInt16(length - StampPadding.headerLength))
    writer.zeros(length - StampPadding.headerLength)
  }
}
