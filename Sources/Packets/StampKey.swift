import CNettle

/// A key of STAMP's authenticated mode: HMAC-SHA-256 truncated to 128 bits (RFC 8762, section 4.4).
/// It is not to be printed, so it does not describe itself.
package struct StampKey: Sendable {
  private let bytes: [UInt8]
  /// What has taken in the key, of which each HMAC begins with a copy (RFC 2104, section 4).
  private let keyed: hmac_sha256_ctx

  /// As long as the digest; RFC 2104 has a shorter one weaken it.
  package static let length = Int(SHA256_DIGEST_SIZE)
  /// The fewest bytes that are taken for a key.
  package static let leastLength = 16

  /// `nil` of too few bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count >= StampKey.leastLength else { return nil }
    self.init(whole: bytes)
  }

  private init(whole bytes: [UInt8]) {
    var keyed = hmac_sha256_ctx()
    nettle_hmac_sha256_set_key(&keyed, bytes.count, bytes)
    (self.bytes, self.keyed) = (bytes, keyed)
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
    var hash = keyed
    hash.update(text)
    if let more { hash.update(more) }
    return hash.tag()
  }

  /// Whether that is the HMAC of these texts, found out in the same time whatever it is.
  func signs(
    _ text: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer? = nil, as tag: UInt128
  ) -> Bool {
    self.tag(of: text, more) ^ tag == 0
  }
}

extension hmac_sha256_ctx {
  fileprivate mutating func update(_ text: UnsafeRawBufferPointer) {
    text.withMemoryRebound(to: UInt8.self) {
      nettle_hmac_sha256_update(&self, $0.count, $0.baseAddress)
    }
  }

  /// The first 128 bits of the digest.
  fileprivate mutating func tag() -> UInt128 {
    var tag: UInt128 = 0
    withUnsafeMutableBytes(of: &tag) { bytes in
      bytes.withMemoryRebound(to: UInt8.self) {
        nettle_hmac_sha256_digest(&self, $0.count, $0.baseAddress)
      }
    }
    return UInt128(bigEndian: tag)
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
