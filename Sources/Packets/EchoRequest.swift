/// What ping(8) sends: an ICMP echo request (RFC 792, RFC 4443) without data. Of IPv6 the kernel
/// fills the checksum in.
package struct EchoRequest: Hashable {
  package var family: IPFamily
  package var identifier: UInt16
  package var sequence: UInt16

  package init(family: IPFamily, identifier: UInt16, sequence: UInt16) {
    self.family = family
    self.identifier = identifier
    self.sequence = sequence
  }

  private var type: UInt8 { family == .v4 ? 8 : 128 }

  package var bytes: [UInt8] {
    var sum = InternetChecksum()
    sum.add(bytes(checksum: 0))
    return bytes(checksum: family == .v4 ? sum.value : 0)
  }

  private func bytes(checksum: UInt16) -> [UInt8] {
    let words = [UInt16(type) << 8, checksum, identifier, sequence]
    return words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
  }
}
