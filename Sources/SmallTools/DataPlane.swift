import Glibc
package import LinuxNet
package import Packets

/// Where the network itself delivers an address: hosts that are pinged from it answer to whoever has it.
package enum DataPlane {
  package enum Finding: Hashable, Sendable {
    /// An answer came here.
    case here
    /// Hosts answer, and none of them to the address here.
    case elsewhere
    /// No host answers at all.
    case unheard
  }

  /// How often a host is asked at most.
  private static let tries: UInt32 = 3

  /// Pings each host from `address`, and from another of this machine's, until one answers to the former or
  /// `limit` has passed. One that is here itself would say nothing of the network.
  package static func look(
    for address: IPAddress, asking hosts: [IPAddress], within limit: TimeSpan
  ) throws(KernelError) -> Finding {
    let own = try NetlinkSocket().addresses(address.family)
    let nobody = IPAddress(bits: 0, family: address.family)
    if let host = hosts.first(where: { host in
      host == nobody || own.contains { $0.address == host }
    }) {
      throw KernelError("ask \(host)", code: EINVAL, detail: "it is an address of this host")
    }
    let index = own.first { $0.address == address }?.index
    let other = own.first {
      $0.index == index && $0.address != address && !isLinkLocal($0.address)
    }
    let run = UInt64.random(in: 1 ... .max)
    var asked: [(socket: EchoSocket, isFromAddress: Bool)] = []
    let poll = try EventPoll()
    for host in hosts {
      for local in [address, other?.address] {
        let socket = try EchoSocket(family: host.family)
        try socket.connect(to: host, from: local)
        try poll.add(socket.descriptor, tag: UInt64(asked.count))
        asked.append((socket, local == address))
      }
    }
    let packets = PacketBatch(capacity: 8)
    var isAnybodyThere = false
    let begin = WallClock.now
    for attempt in 0..<tries {
      for (socket, _) in asked {
        let request = EchoProbe(
          family: address.family, identifier: EchoSocket.identifier, sequence: attempt, run: run)
        _ = request.bytes.withUnsafeBytes { socket.send($0) }
      }
      let deadline = begin + Int(attempt + 1) * (limit / Int64(tries))
      while WallClock.now < deadline {
        let ready = poll.wait(timeout: deadline - WallClock.now)
        for index in 0..<ready {
          let (socket, isFromAddress) = asked[Int(poll.tag(index))]
          for number in 0..<packets.receive(from: socket.descriptor)
          where isAnswer(packets.packet(number), socket, run) {
            if isFromAddress { return .here }
            isAnybodyThere = true
          }
        }
      }
    }
    return isAnybodyThere ? .elsewhere : .unheard
  }

  private static func isLinkLocal(_ address: IPAddress) -> Bool {
    if case .v6(let address) = address { address.isLinkLocal } else { false }
  }

  private static func isAnswer(
    _ packet: ReceivedPacket, _ socket: EchoSocket, _ run: UInt64
  ) -> Bool {
    var reader = packet.reader
    if socket.keepsHeader, (try? IPv4Header(parsing: &reader)) == nil { return false }
    guard let reply = try? EchoProbe(parsing: &reader) else { return false }
    return reply.isReply && reply.run == run
  }
}
