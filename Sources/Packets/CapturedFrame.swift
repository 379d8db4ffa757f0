/// A frame as a packet socket saw it, as far as this program looks into it.
package enum CapturedFrame: Hashable {
  /// A probe, and the MAC address it was sent to.
  case probe(StampSenderPacket, destination: MACAddress)
  /// Somebody tells everybody, unasked, that an address is at a MAC address.
  case announcement(of: IPAddress, at: MACAddress, form: AnnouncementForm)

  package init(parsing reader: inout ByteReader) throws(ParseError) {
    let ethernet = try EthernetHeader(parsing: &reader)
    switch ethernet.etherType {
    case .arp:
      let arp = try ARPPacket(parsing: &reader)
      guard arp.target == arp.sender else {
        throw .unexpected(field: "ARP target", value: UInt64(arp.target.rawValue))
      }
      self = .announcement(
        of: .v4(arp.sender), at: arp.senderHardware, form: AnnouncementForm(arp))
    case .ipv4:
      let transport = try IPv4Header(parsing: &reader).transport
      guard transport == .udp else { throw CapturedFrame.unexpected(transport) }
      self = try CapturedFrame(probeIn: &reader, ethernet)
    case .ipv6:
      let transport = try IPv6Header(parsing: &reader).transport
      switch transport {
      case .icmpv6:
        let message = try NeighbourAdvertisement(parsing: &reader)
        guard !message.flags.contains(.solicited) else {
          throw .unexpected(field: "flags", value: UInt64(message.flags.rawValue))
        }
        // IPv6 has one form.
        self = .announcement(of: .v6(message.target), at: message.hardware, form: .request)
      case .udp:
        self = try CapturedFrame(probeIn: &reader, ethernet)
      default:
        throw CapturedFrame.unexpected(transport)
      }
    default:
      throw .unexpected(field: "EtherType", value: UInt64(ethernet.etherType.rawValue))
    }
  }

  private init(
    probeIn reader: inout ByteReader, _ ethernet: EthernetHeader
  ) throws(ParseError) {
    _ = try UDPHeader(parsing: &reader)
    self = .probe(try StampSenderPacket(parsing: &reader), destination: ethernet.destination)
  }

  private static func unexpected(_ transport: TransportProtocol) -> ParseError {
    .unexpected(field: "IP protocol", value: UInt64(transport.rawValue))
  }
}
