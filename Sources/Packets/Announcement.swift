/// How a holder tells its segment that an address is now at its MAC address.
package enum AnnouncementForm: String, CaseIterable, Codable, Sendable {
  /// The ARP announcement of RFC 5227: a request whose sender and target are the address
  /// (`arping -U`).
  case request
  /// A gratuitous reply whose target MAC is the sender's own (`arping -A`).
  case reply
  /// A gratuitous reply whose target MAC is the broadcast address. Linux does not count it as
  /// gratuitous and ignores it while the entry is younger than `locktime`.
  case replyBroadcast = "reply-broadcast"
}

/// A broadcast frame that announces `address` at `hardware`.
package struct Announcement: Hashable {
  package var form: AnnouncementForm
  package var address: IPv4Address
  package var hardware: MACAddress

  package init(form: AnnouncementForm, address: IPv4Address, hardware: MACAddress) {
    self.form = form
    self.address = address
    self.hardware = hardware
  }

  /// The whole Ethernet frame.
  package var frame: [UInt8] {
    let ethernet = EthernetHeader(
      destination: .broadcast, source: hardware, etherType: .arp)
    let target: MACAddress =
      switch form {
      case .request: .zero
      case .reply: hardware
      case .replyBroadcast: .broadcast
      }
    let arp = ARPPacket(
      operation: form == .request ? .request : .reply,
      senderHardware: hardware, sender: address, targetHardware: target, target: address)
    return ethernet.bytes + arp.bytes
  }
}
