/// Reads big-endian fields in order from bytes it borrows, and never past their end.
package struct ByteReader {
  private let bytes: UnsafeRawBufferPointer
  package private(set) var position = 0

  /// `bytes` must outlive the reader.
  package init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  package var remaining: Int { bytes.count - position }

  /// Those at these positions, which were read.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(range.upperBound <= position, "bytes that were not read")
    return UnsafeRawBufferPointer(rebasing: bytes[range])
  }

  package mutating func read<Field: FixedWidthInteger>(
    _: Field.Type = Field.self
  ) throws(ParseError) -> Field {
    let width = Field.bitWidth / 8
    guard remaining >= width else { throw .truncated(at: position, missing: width - remaining) }
    defer { position += width }
    return Field(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Field.self))
  }

  package mutating func skip(_ count: Int) throws(ParseError) {
    guard remaining >= count else { throw .truncated(at: position, missing: count - remaining) }
    position += count
  }
}
