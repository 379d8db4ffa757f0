/// A Neighbour Advertisement with the target's link-layer address (RFC 4861, section 4.4): what
/// moves an IPv6 address as a gratuitous ARP moves an IPv4 address.
package struct NeighbourAdvertisement: Hashable, WireFormat {
  package static let wireLength = 8 + IPv6Address.wireLength + 2 + MACAddress.wireLength

  package struct Flags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// It answers a solicitation.
    package static let solicited = Flags(rawValue: 1 << 30)
    /// The receiver is to replace what its entry says.
    package static let override = Flags(rawValue: 1 << 29)
  }

  package var flags: Flags
  package var target: IPv6Address
  package var hardware: MACAddress
  package var checksum: UInt16 = 0

  package init(flags: Flags, target: IPv6Address, hardware: MACAddress) {
    self.flags = flags
    self.target = target
    self.hardware = hardware
  }

  /// The message type and the option's (RFC 4861, sections 4.4 and 4.6.1).
  package static let type: UInt8 = 136
  private static let targetLinkLayerAddress: UInt8 = 2
  /// Of the option, in units of eight bytes.
  private static let optionLength: UInt8 = 1

  /// One whose first option is something else is not read.
  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let type = try reader.read(UInt8.self)
    guard type == NeighbourAdvertisement.type else {
      throw .unexpected(field: "ICMPv6 type", value: UInt64(type))
    }
    try reader.skip(1)  // code
    checksum = try reader.read()
    flags = Flags(rawValue: try reader.read())
    target = try IPv6Address(parsing: &reader)
    let option = try reader.read(UInt8.self)
    guard option == NeighbourAdvertisement.targetLinkLayerAddress else {
      throw .unexpected(field: "neighbour discovery option", value: UInt64(option))
    }
    let length = try reader.read(UInt8.self)
    guard length == NeighbourAdvertisement.optionLength else {
      throw .unexpected(field: "neighbour discovery option length", value: UInt64(length))
    }
    hardware = try MACAddress(parsing: &reader)
  }

  package func write(to writer: inout ByteWriter) {
    writer.write(NeighbourAdvertisement.type)
    writer.write(UInt8(0))
    writer.write(checksum)
    writer.write(flags.rawValue)
    target.write(to: &writer)
    writer.write(NeighbourAdvertisement.targetLinkLayerAddress)
    writer.write(NeighbourAdvertisement.optionLength)
    hardware.write(to: &writer)
  }

  /// The IPv6 packet from `source` to `destination` that carries it, its checksum filled in
  /// (RFC 4443, section 2.3).
  package func packet(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
    let header = IPv6Header(
      payloadLength: UInt16(NeighbourAdvertisement.wireLength), transport: .icmpv6, hopLimit: 255,
      source: source, destination: destination)
    var message = self
    message.checksum = 0
    var sum = InternetChecksum()
    sum.add(source.bytes + destination.bytes)
    sum.add([0, 0, 0, UInt8(NeighbourAdvertisement.wireLength)])
    sum.add([0, 0, 0, TransportProtocol.icmpv6.rawValue])
    sum.add(message.bytes)
    message.checksum = sum.value
    return header.bytes + message.bytes
  }
}
