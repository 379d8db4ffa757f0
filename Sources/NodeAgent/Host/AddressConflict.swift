import Glibc
import LinuxNet
import Packets

/// Whether somebody has an address already: Address Conflict Detection (RFC 5227, section 2.1.1).
enum AddressConflict {
  struct Found: Error, CustomStringConvertible {
    let description: String
  }

  private static let probes = 3
  private static let pause = TimeSpan.milliseconds(150)

  /// Throws where somebody answers. `mac` is the interface's own.
  static func check(
    _ address: IPAddress, on interface: (name: String, index: Int32), mac: MACAddress
  ) throws {
    let netlink = try NetlinkSocket()
    if try netlink.hasAddress(address, on: nil) {
      throw Found(description: "\(address) is an address of this host already; choose a free VIP")
    }
    let holder =
      switch address {
      case .v4(let vip): try answered(vip, on: interface, mac: mac)
      case .v6: try resolved(address, on: interface, netlink)
      }
    guard let holder else { return }
    throw Found(
      description: "\(address) is in use: \(holder) answers for it on \(interface.name); choose a "
        + "free VIP")
  }

  /// Who answers an ARP probe, which is sent from no address.
  private static func answered(
    _ vip: IPv4Address, on interface: (name: String, index: Int32), mac: MACAddress
  ) throws -> MACAddress? {
    let socket = try PacketSocket.recording(.v4(vip), interface: interface.index)
    let sender = SolicitationSender(socket, vip: vip, own: IPv4Address(rawValue: 0), mac: mac)
    let packets = PacketBatch(capacity: 8)
    for _ in 0..<probes {
      _ = sender.send()
      let deadline = WallClock.now + pause
      while socket.descriptor.isReadable(within: deadline - WallClock.now) {
        for index in 0..<packets.receive(from: socket.descriptor) {
          if let holder = sender.answered(by: packets.packet(index)), holder != mac {
            return holder
          }
        }
      }
    }
    return nil
  }

  /// Whom the kernel finds when it asks, and who answers an echo request where it need not ask: an
  /// entry may be left from before.
  private static func resolved(
    _ vip: IPAddress, on interface: (name: String, index: Int32), _ netlink: NetlinkSocket
  ) throws -> MACAddress? {
    let isKnown = try netlink.neighbour(vip, on: interface.index)?.mac != nil
    let socket = try EchoSocket(family: vip.family)
    try socket.connect(to: vip, by: interface.name)
    for sequence in 1...UInt32(probes) {
      let request = EchoProbe(family: vip.family, identifier: 1, sequence: sequence, run: 0)
      _ = request.bytes.withUnsafeBytes { socket.send($0) }
      let isAnswered = socket.descriptor.isReadable(within: pause)
      guard let entry = try netlink.neighbour(vip, on: interface.index), let mac = entry.mac else {
        continue
      }
      if isAnswered || !isKnown { return mac }
    }
    return nil
  }
}
