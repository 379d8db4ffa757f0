/// The checksum of IP, ICMP and UDP (RFC 1071): the ones' complement of the ones' complement sum of
/// 16-bit words.
package struct InternetChecksum {
  private var sum: UInt32 = 0

  package init() {}

  /// Adds a part; of an odd number of bytes only the last part may have.
  package mutating func add(_ bytes: [UInt8]) {
    for (position, byte) in bytes.enumerated() {
      sum += position.isMultiple(of: 2) ? UInt32(byte) << 8 : UInt32(byte)
      sum = (sum & 0xffff) + sum >> 16
    }
  }

  package mutating func add(_ word: UInt16) {
    sum += UInt32(word)
    sum = (sum & 0xffff) + sum >> 16
  }

  package var value: UInt16 { ~UInt16(truncatingIfNeeded: (sum & 0xffff) + sum >> 16) }
}
