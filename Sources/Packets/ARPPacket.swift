/// An ARP packet for IPv4 over Ethernet (RFC 826).
package struct ARPPacket: Hashable, WireFormat {
  package static let wireLength = 28

  package struct Operation: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let request = Operation(rawValue: 1)
    package static let reply = Operation(rawValue: 2)
  }

  package var operation: Operation
  package var senderHardware: MACAddress
  package var sender: IPv4Address
  package var targetHardware: MACAddress
  package var target: IPv4Address

  package init(
    operation: Operation, senderHardware: MACAddress, sender: IPv4Address,
    targetHardware: MACAddress, target: IPv4Address
  ) {
    self.operation = operation
    self.senderHardware = senderHardware
    self.sender = sender
    self.targetHardware = targetHardware
    self.target = target
  }

  private static let ethernet: UInt16 = 1

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let hardware = try reader.read(UInt16.self)
    guard hardware == ARPPacket.ethernet else {
      throw .unexpected(field: "hardware type", value: UInt64(hardware))
    }
    let protocolType = try reader.read(UInt16.self)
    guard protocolType == EtherType.ipv4.rawValue else {
      throw .unexpected(field: "protocol type", value: UInt64(protocolType))
    }
    let lengths = try reader.read(UInt16.self)
    guard lengths == ARPPacket.addressLengths else {
      throw .unexpected(field: "address lengths", value: UInt64(lengths))
    }
    operation = Operation(rawValue: try reader.read())
    senderHardware = try MACAddress(parsing: &reader)
    sender = try IPv4Address(parsing: &reader)
    targetHardware = try MACAddress(parsing: &reader)
    target = try IPv4Address(parsing: &reader)
  }

  private static let addressLengths =
    UInt16(MACAddress.wireLength) << 8 | UInt16(IPv4Address.wireLength)

  package func write(to writer: inout ByteWriter) {
    writer.write(ARPPacket.ethernet)
    writer.write(EtherType.ipv4.rawValue)
    writer.write(ARPPacket.addressLengths)
    writer.write(operation.rawValue)
    senderHardware.write(to: &writer)
    sender.write(to: &writer)
    targetHardware.write(to: &writer)
    target.write(to: &writer)
  }
}
