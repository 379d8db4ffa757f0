/// A frame as a packet socket saw it, as far as this program looks into it.
package enum CapturedFrame: Hashable {
  /// A probe, and the MAC address it was sent to.
  case probe(StampSenderPacket, destination: MACAddress)
  case arp(ARPPacket)

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let ethernet = try EthernetHeader(parsing: &reader)
    switch ethernet.etherType {
    case .arp:
      self = .arp(try ARPPacket(parsing: &reader))
    case .ipv4:
      let ip = try IPv4Header(parsing: &reader)
      guard ip.transport == .udp else {
        throw .unexpected(field: "IP protocol", value: UInt64(ip.transport.rawValue))
      }
      _ = try UDPHeader(parsing: &reader)
      self = .probe(try StampSenderPacket(parsing: &reader), destination: ethernet.destination)
    default:
      throw .unexpected(field: "EtherType", value: UInt64(ethernet.etherType.rawValue))
    }
  }
}
