/// The type of what an Ethernet frame carries (IANA "IEEE 802 Numbers").
package struct EtherType: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let ipv4 = EtherType(rawValue: 0x0800)
  package static let arp = EtherType(rawValue: 0x0806)
  package static let ipv6 = EtherType(rawValue: 0x86dd)
}

/// An Ethernet II header without a VLAN tag.
package struct EthernetHeader: Hashable, WireFormat {
  package static let wireLength = 14

  package var destination: MACAddress
  package var source: MACAddress
  package var etherType: EtherType

  package init(destination: MACAddress, source: MACAddress, etherType: EtherType) {
    self.destination = destination
    self.source = source
    self.etherType = etherType
  }

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    destination = try MACAddress(parsing: &reader)
    source = try MACAddress(parsing: &reader)
    etherType = EtherType(rawValue: try reader.read())
  }

  package func write(to writer: inout ByteWriter) {
    destination.write(to: &writer)
    source.write(to: &writer)
    writer.write(etherType.rawValue)
  }
}
