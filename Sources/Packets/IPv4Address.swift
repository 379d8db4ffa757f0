/// An IPv4 address (RFC 791).
package struct IPv4Address: Hashable, Sendable {
  /// The address in host byte order.
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }
}

extension IPv4Address: LosslessStringConvertible {
  /// Four decimal octets; a leading zero is refused, because some programs read it as octal.
  package init?(_ text: String) {
    let octets = text.split(separator: ".", omittingEmptySubsequences: false)
    guard octets.count == 4 else { return nil }
    var value: UInt32 = 0
    for octet in octets {
      guard octet.utf8.allSatisfy({ (48...57).contains($0) }), let byte = UInt8(octet),
        octet.utf8.count == 1 || octet.first != "0"
      else { return nil }
      value = value << 8 | UInt32(byte)
    }
    self.init(rawValue: value)
  }

  package var description: String {
    "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
  }
}

extension IPv4Address: WireFormat {
  package static let wireLength = 4

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    self.init(rawValue: try reader.read())
  }

  package func write(to writer: inout ByteWriter) { writer.write(rawValue) }
}
