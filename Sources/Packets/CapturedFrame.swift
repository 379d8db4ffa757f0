/// A frame as a packet socket saw it, as far as this program looks into it.
package enum CapturedFrame: Hashable {
  /// A datagram, the probe of the session that it is, and the MAC address it was sent to.
  case probe(StampSenderPacket?, destination: MACAddress)
  /// An echo request or reply.
  case echo(EchoProbe, EthernetHeader)
  /// A segment by which a TCP connection is opened, or the answer to it.
  case handshake(Handshake, EthernetHeader)
  /// Somebody tells everybody, unasked, that an address is at a MAC address.
  case announcement(of: IPAddress, at: MACAddress, form: AnnouncementForm)

  /// The MAC address that a probe was sent to; `nil` of an answer and an announcement.
  package var probeDestination: MACAddress? {
    switch self {
    case .probe(_, let destination): destination
    case .echo(let echo, let ethernet): echo.isReply ? nil : ethernet.destination
    case .handshake(let handshake, let ethernet):
      handshake.isAnswer ? nil : ethernet.destination
    case .announcement: nil
    }
  }

  /// Without a session every datagram is a stranger's.
  package init(
    parsing reader: inout ByteReader, of session: StampSession? = nil
  ) throws(ParseError) {
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
      let header = try IPv4Header(parsing: &reader)
      switch header.transport {
      case .udp: self = try CapturedFrame(probeIn: &reader, of: session, ethernet)
      case .icmp: self = .echo(try EchoProbe(parsing: &reader), ethernet)
      case .tcp:
        self = .handshake(
          try Handshake(
            from: .v4(header.source), to: .v4(header.destination), parsing: &reader), ethernet)
      default: throw CapturedFrame.unexpected(header.transport)
      }
    case .ipv6:
      let header = try IPv6Header(parsing: &reader)
      switch header.transport {
      case .icmpv6:
        var ahead = reader
        guard try ahead.read(UInt8.self) == NeighbourAdvertisement.type else {
          self = .echo(try EchoProbe(parsing: &reader), ethernet)
          return
        }
        let message = try NeighbourAdvertisement(parsing: &reader)
        guard !message.flags.contains(.solicited) else {
          throw .unexpected(field: "flags", value: UInt64(message.flags.rawValue))
        }
        // IPv6 has one form.
        self = .announcement(of: .v6(message.target), at: message.hardware, form: .request)
      case .udp:
        self = try CapturedFrame(probeIn: &reader, of: session, ethernet)
      case .tcp:
        self = .handshake(
          try Handshake(
            from: .v6(header.source), to: .v6(header.destination), parsing: &reader), ethernet)
      default:
        throw CapturedFrame.unexpected(header.transport)
      }
    default:
      throw .unexpected(field: "EtherType", value: UInt64(ethernet.etherType.rawValue))
    }
  }

  private init(
    probeIn reader: inout ByteReader, of session: StampSession?, _ ethernet: EthernetHeader
  ) throws(ParseError) {
    _ = try UDPHeader(parsing: &reader)
    self = .probe(
      session?.read(from: reader, isNumberEnough: true), destination: ethernet.destination)
  }

  private static func unexpected(_ transport: TransportProtocol) -> ParseError {
    .unexpected(field: "IP protocol", value: UInt64(transport.rawValue))
  }
}
