import Crypto

/// A key of STAMP's authenticated mode: HMAC-SHA-256 truncated to 128 bits (RFC 8762, section 4.4).
/// It is not to be printed, so it does not describe itself.
package struct StampKey: Sendable {
  private let bytes: [UInt8]
  /// Of the inner and the outer hash (RFC 2104) what has taken in the key. The library's own HMAC, which
  /// is generic, takes twice as long.
  private let inner: SHA256
  private let outer: SHA256

  /// As long as the digest; RFC 2104 has a shorter one weaken it.
  package static let length = SHA256.byteCount
  /// The fewest bytes that are taken for a key.
  package static let leastLength = 16

  /// `nil` of too few bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count >= StampKey.leastLength else { return nil }
    self.init(whole: bytes)
  }

  private init(whole bytes: [UInt8]) {
    self.bytes = bytes
    var block = bytes.count > SHA256.blockByteCount ? Array(SHA256.hash(data: bytes)) : bytes
    block += Array(repeating: 0, count: SHA256.blockByteCount - block.count)
    var (inner, outer) = (SHA256(), SHA256())
    inner.update(data: block.map { $0 ^ 0x36 })
    outer.update(data: block.map { $0 ^ 0x5c })
    (self.inner, self.outer) = (inner, outer)
  }

  /// Of hexadecimal digits, two a byte; spaces and line ends around them do not count.
  package init?(hexadecimal text: String) {
    let digits = text.utf8.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
      .map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), !digits.contains(nil) else { return nil }
    let values = digits.compactMap(\.self)
    self.init(
      stride(from: 0, to: values.count, by: 2).map { UInt8(16 * values[$0] + values[$0 + 1]) })
  }

  /// A new one, of the kernel's randomness.
  package static func random() -> StampKey {
    StampKey(whole: (0..<length).map { _ in UInt8.random(in: .min ... .max) })
  }

  /// The HMAC of one text after the other.
  func tag(of text: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer? = nil) -> UInt128 {
    var (inner, outer) = (inner, outer)
    inner.update(bufferPointer: text)
    if let more { inner.update(bufferPointer: more) }
    inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
    return outer.finalize().withUnsafeBytes {
      UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self))
    }
  }

  /// Whether that is the HMAC of these texts, found out in the same time whatever it is.
  func signs(
    _ text: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer? = nil, as tag: UInt128
  ) -> Bool {
    self.tag(of: text, more) ^ tag == 0
  }
}

extension StampKey: Hashable {
  package static func == (one: StampKey, other: StampKey) -> Bool { one.bytes == other.bytes }
  package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension StampKey: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let key = StampKey(try container.decode([UInt8].self)) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a key has \(StampKey.leastLength) bytes or more")
    }
    self = key
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(bytes)
  }
}

extension StampKey: CustomStringConvertible, CustomReflectable {
  package var description: String { "a key of \(bytes.count) bytes" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
