/// A value with one representation on the wire, in network byte order.
package protocol WireFormat {
  /// The length of the representation in bytes.
  static var wireLength: Int { get }
  init(parsing reader: inout ByteReader) throws(ParseError)
  func write(to writer: inout ByteWriter)
}

extension WireFormat {
  /// Parses the value at the start of `bytes`.
  package init(bytes: [UInt8]) throws(ParseError) {
    self = try bytes.withUnsafeBytes { raw in
      Result { () throws(ParseError) in
        var reader = ByteReader(raw)
        return try Self(parsing: &reader)
      }
    }.get()
  }

  /// The value as it stands on the wire.
  package var bytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Self.wireLength) { buffer, count in
      var writer = ByteWriter(UnsafeMutableRawBufferPointer(buffer))
      write(to: &writer)
      count = writer.position
    }
  }
}

/// Why bytes are not the packet they were taken for.
package enum ParseError: Error, Hashable {
  /// The bytes end too early: `missing` more were needed at offset `at`.
  case truncated(at: Int, missing: Int)
  /// A field has a value that the format does not allow.
  case unexpected(field: String, value: UInt64)
}
