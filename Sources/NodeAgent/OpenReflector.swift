package import LinuxNet
package import Packets

/// Answers STAMP test packets of any program at an address (RFC 8762, section 4.3, stateless, with the
/// TLVs of RFC 8972). What it does not know of a packet goes back as it came.
package struct OpenReflector: ~Copyable {
  private let socket: UDPSocket
  private let port: UInt16
  private let key: StampKey?
  private let packets = PacketBatch(capacity: NodeEngine.mostAtOnce)
  package private(set) var counts = Counts()

  package struct Counts: Hashable, Sendable {
    package var answered = 0
    /// Too short for STAMP, longer than is kept, or not signed by the key.
    package var ignored = 0
    /// From the port of a reflector or another service: two of those would answer each other for ever.
    package var fromServices = 0
  }

  /// `socket` listens at `port`; with a `key` packets are to be authenticated.
  package init(_ socket: UDPSocket, port: UInt16, key: StampKey? = nil) {
    self.socket = socket
    self.port = port
    self.key = key
  }

  package var descriptor: Descriptor { socket.descriptor }

  /// Answers what waits.
  package mutating func answer() {
    for _ in 0..<OpenReflector.mostBatches {
      let count = packets.receive(from: socket.descriptor)
      for index in 0..<count {
        let packet = packets.packet(index)
        if packet.sourcePort == port || packet.sourcePort < OpenReflector.lowestPort {
          counts.fromServices += 1
          packet.discard()
        } else if answer(packet) {
          counts.answered += 1
        } else {
          counts.ignored += 1
          packet.discard()
        }
      }
      _ = packets.reply(on: socket.descriptor, with: 0..<count)
      if count < packets.capacity { return }
    }
  }

  /// Who is sent more than that at once still looks at what else has come.
  private static let mostBatches = 256
  /// No sender's: another service, or another reflector, sends from there.
  private static let lowestPort: UInt16 = 1_024

  /// Makes a packet into its answer.
  private func answer(_ packet: ReceivedPacket) -> Bool {
    var reader = packet.reader
    guard packet.isWhole,
      let request = try? StampSenderPacket(parsing: &reader, key: key)
    else { return false }
    let answer = StampReflectorPacket(
      answering: request, reflector: ProbeTLV.noReflector, receivedAt: packet.receivedAt,
      sentAt: WallClock.now, timeToLive: packet.timeToLive)
    packet.change { bytes in
      var writer = ByteWriter(bytes)
      answer.write(to: &writer, key: key)
      // The TLVs stay where they are.
      StampTLVs.answer(in: bytes, from: writer.position, key: key)
    }
    return true
  }
}
