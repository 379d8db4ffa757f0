package import LinuxNet
package import Packets

/// Asks the segment who has an address, as arping(8) does: an ARP request to everybody (RFC 826).
package struct SolicitationSender {
  let socket: PacketSocket
  private let vip: IPv4Address
  private let frame: [UInt8]

  /// Asks from `own` at `mac`.
  package init(_ socket: PacketSocket, vip: IPv4Address, own: IPv4Address, mac: MACAddress) {
    self.socket = socket
    self.vip = vip
    let ethernet = EthernetHeader(destination: .broadcast, source: mac, etherType: .arp)
    let request = ARPPacket(
      operation: .request, senderHardware: mac, sender: own, targetHardware: .zero, target: vip)
    frame = ethernet.bytes + request.bytes
  }

  func send() -> SendOutcome { socket.trySend(frame) }

  /// Whose answer a frame is; `nil` for anything else.
  func answered(by packet: ReceivedPacket) -> MACAddress? {
    var reader = packet.reader
    guard let ethernet = try? EthernetHeader(parsing: &reader), ethernet.etherType == .arp,
      let reply = try? ARPPacket(parsing: &reader), reply.operation == .reply, reply.sender == vip,
      reply.target != vip
    else { return nil }
    return reply.senderHardware
  }
}
