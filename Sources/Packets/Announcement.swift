/// How a holder tells its segment that an IPv4 address is now at its MAC address.
package enum AnnouncementForm: String, CaseIterable, Codable, Sendable {
  /// The ARP announcement of RFC 5227: a request whose sender and target are the address
  /// (`arping -U`).
  case request
  /// A gratuitous reply whose target MAC is the sender's own (`arping -A`).
  case reply
  /// A gratuitous reply whose target MAC is the broadcast address. Linux does not count it as
  /// gratuitous and ignores it while the entry is younger than `locktime`.
  case replyBroadcast = "reply-broadcast"
  /// Nothing is announced, of an IPv6 address neither.
  case silent = "none"
}

extension AnnouncementForm {
  /// Of an ARP packet whose sender and target are one address.
  init(_ packet: ARPPacket) {
    switch (packet.operation, packet.targetHardware) {
    case (.reply, .broadcast): self = .replyBroadcast
    case (.reply, _): self = .reply
    default: self = .request
    }
  }

  /// What it comes to for an address of `family`: IPv6 has one form.
  package func name(in family: IPFamily) -> String {
    family == .v4 || self == .silent ? rawValue : "unsolicited-na"
  }
}

/// A frame to everybody on a segment that announces `address` at `hardware`: of an IPv4 address in
/// ARP as `form` says, of an IPv6 address an unsolicited Neighbour Advertisement to all nodes with
/// the Override flag (RFC 4861, section 7.2.6), whatever the form of ARP.
package struct Announcement: Hashable {
  package var form: AnnouncementForm
  package var address: IPAddress
  package var hardware: MACAddress

  package init(form: AnnouncementForm, address: IPAddress, hardware: MACAddress) {
    self.form = form
    self.address = address
    self.hardware = hardware
  }

  /// The whole Ethernet frame; `nil` where nothing is announced.
  package var frame: [UInt8]? {
    guard form != .silent else { return nil }
    return switch address {
    case .v4(let address): arpFrame(address)
    case .v6(let address): advertisementFrame(address)
    }
  }

  private func advertisementFrame(_ address: IPv6Address) -> [UInt8] {
    let ethernet = EthernetHeader(
      destination: IPv6Address.allNodes.multicastMAC, source: hardware, etherType: .ipv6)
    let message = NeighbourAdvertisement(flags: .override, target: address, hardware: hardware)
    return ethernet.bytes + message.packet(from: address, to: .allNodes)
  }

  private func arpFrame(_ address: IPv4Address) -> [UInt8] {
    let ethernet = EthernetHeader(
      destination: .broadcast, source: hardware, etherType: .arp)
    let target: MACAddress =
      switch form {
      case .request, .silent: .zero
      case .reply: hardware
      case .replyBroadcast: .broadcast
      }
    let arp = ARPPacket(
      operation: form == .request ? .request : .reply,
      senderHardware: hardware, sender: address, targetHardware: target, target: address)
    return ethernet.bytes + arp.bytes
  }
}
