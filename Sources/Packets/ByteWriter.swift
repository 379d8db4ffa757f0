/// Writes big-endian fields in order into memory it borrows.
package struct ByteWriter {
  private let bytes: UnsafeMutableRawBufferPointer
  package private(set) var position = 0

  /// `bytes` must outlive the writer and be long enough for what is written.
  package init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  package mutating func write<Field: FixedWidthInteger>(_ field: Field) {
    bytes.storeBytes(of: field.bigEndian, toByteOffset: position, as: Field.self)
    position += Field.bitWidth / 8
  }

  package mutating func zeros(_ count: Int) {
    for _ in 0..<count { write(UInt8(0)) }
  }
}
