/// A numbered echo request and its answer: what ping(8) sends (RFC 792, RFC 4443), with the number
/// and the run it belongs to as its data, 56 bytes long as ping's.
package struct EchoProbe: Hashable, WireFormat {
  package static let wireLength = 8 + dataLength
  private static let dataLength = 56
  private static let filling = dataLength - 8 - 4 - 2

  package var family: IPFamily
  package var isReply: Bool
  /// Which process's it is; a ping socket fills it in itself (icmp(7)).
  package var identifier: UInt16
  package var sequence: UInt32
  /// Tells this run's packets from a stranger's.
  package var run: UInt64
  /// Which node of the run sent it.
  package var sender: UInt16

  /// A request.
  package init(
    family: IPFamily, identifier: UInt16, sequence: UInt32, run: UInt64, sender: UInt16 = 0
  ) {
    self.family = family
    isReply = false
    self.identifier = identifier
    self.sequence = sequence
    self.run = run
    self.sender = sender
  }

  package static func replyType(_ family: IPFamily) -> UInt8 { type(family, isReply: true) }

  package static func requestType(_ family: IPFamily) -> UInt8 { type(family, isReply: false) }

  private static func type(_ family: IPFamily, isReply: Bool) -> UInt8 {
    switch family {
    case .v4: isReply ? 0 : 8
    case .v6: isReply ? 129 : 128
    }
  }

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let type = try reader.read(UInt8.self)
    switch type {
    case 0: (family, isReply) = (.v4, true)
    case 8: (family, isReply) = (.v4, false)
    case 128: (family, isReply) = (.v6, false)
    case 129: (family, isReply) = (.v6, true)
    default: throw .unexpected(field: "ICMP type", value: UInt64(type))
    }
    try reader.skip(1 + 2)  // code, checksum
    identifier = try reader.read()
    try reader.skip(2)  // the number's lower half
    run = try reader.read()
    sequence = try reader.read()
    sender = try reader.read()
    try reader.skip(EchoProbe.filling)
  }

  /// Of IPv6 the kernel fills the checksum in.
  package func write(to writer: inout ByteWriter) {
    let type = EchoProbe.type(family, isReply: isReply)
    writer.write(UInt16(type) << 8)
    writer.write(family == .v4 ? checksum(type) : 0)
    writer.write(identifier)
    writer.write(UInt16(truncatingIfNeeded: sequence))
    writer.write(run)
    writer.write(sequence)
    writer.write(sender)
    writer.zeros(EchoProbe.filling)
  }

  private func checksum(_ type: UInt8) -> UInt16 {
    var sum = InternetChecksum()
    sum.add(UInt16(type) << 8)
    sum.add(identifier)
    sum.add(UInt16(truncatingIfNeeded: sequence))
    for shift in stride(from: 48, through: 0, by: -16) {
      sum.add(UInt16(truncatingIfNeeded: run >> UInt64(shift)))
    }
    sum.add(UInt16(truncatingIfNeeded: sequence >> 16))
    sum.add(UInt16(truncatingIfNeeded: sequence))
    sum.add(sender)
    return sum.value
  }
}
