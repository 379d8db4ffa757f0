/// Writes big-endian fields in order into memory it borrows.
package struct ByteWriter {
  private let bytes: UnsafeMutableRawBufferPointer
  package private(set) var position = 0

  /// `bytes` must outlive the writer. Writing past their end ends the program, in a release build
  /// too.
  package init(_ bytes: UnsafeMutableRawBufferPointer) {
    self.bytes = bytes
  }

  /// Those at these positions, which were written.
  func written(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(range.upperBound <= position, "bytes that were not written")
    return UnsafeRawBufferPointer(rebasing: bytes[range])
  }

  package mutating func write<Field: FixedWidthInteger>(_ field: Field) {
    precondition(Field.bitWidth / 8 <= bytes.count - position, "no room for a field")
    bytes.storeBytes(of: field.bigEndian, toByteOffset: position, as: Field.self)
    position += Field.bitWidth / 8
  }

  package mutating func zeros(_ count: Int) {
    for _ in 0..<count { write(UInt8(0)) }
  }
}
