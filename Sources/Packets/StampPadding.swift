/// The Extra Padding TLV, which makes a STAMP packet as long as a test asks (RFC 8972, section 4.1).
package struct StampPadding: Sendable {
  static let type: UInt8 = 1
  /// Of the whole TLV, in bytes; at least 4.
  private let length: Int

  package init(length: Int) { self.length = length }

  package func write(to writer: inout ByteWriter) {
    let value = length - StampTLVHeader.wireLength
    StampTLVHeader(type: StampPadding.type, length: UInt16(value)).write(to: &writer)
    writer.zeros(value)
  }
}
