package import LinuxNet
package import Packets
package import TopologyModel

/// Sends STAMP test packets by a connected socket, numbered from 0, and reads the answers.
package struct StampSender: ~Copyable {
  let socket: UDPSocket
  private let session: ProbeTLV
  private let packet: UnsafeMutableRawBufferPointer
  package private(set) var next: UInt32 = 0

  /// `run` tells this run's packets from a stranger's; `largest` is the most bytes of a packet.
  package init(
    _ socket: UDPSocket, run: UInt64, node: NodeID, largest: Int = StampSenderPacket.wireLength
  ) {
    self.socket = socket
    session = ProbeTLV(run: run, sender: node.rawValue)
    packet = .allocate(byteCount: largest, alignment: MemoryLayout<UInt64>.alignment)
  }

  deinit { packet.deallocate() }

  /// Sends the next packet, padded to `length` bytes.
  package mutating func send(
    at now: Timestamp, length: Int = StampSenderPacket.wireLength
  ) -> SendOutcome {
    var writer = ByteWriter(packet)
    StampSenderPacket(
      sequence: next, timestamp: now, sessionID: session.sender &+ 1, probe: session
    ).write(to: &writer)
    if length > writer.position {
      StampPadding(length: length - writer.position).write(to: &writer)
    }
    next &+= 1
    return socket.send(UnsafeRawBufferPointer(rebasing: packet[..<writer.position]))
  }

  /// Takes in what waits; how many packets.
  package func receive(into packets: borrowing PacketBatch) -> Int {
    packets.receive(from: socket.descriptor)
  }

  /// The answer in a packet, if it is one to this run.
  package func answer(in packet: ReceivedPacket) -> StampReflectorPacket? {
    var reader = packet.reader
    guard let reply = try? StampReflectorPacket(parsing: &reader), reply.probe.run == session.run
    else { return nil }
    return reply
  }
}

/// Answers STAMP test packets (RFC 8762, section 4.3, stateless).
package struct StampReflector {
  let socket: UDPSocket
  private let run: UInt64
  private let node: NodeID

  package init(_ socket: UDPSocket, run: UInt64, node: NodeID) {
    self.socket = socket
    self.run = run
    self.node = node
  }

  /// Takes in what waits; how many packets.
  package func receive(into packets: borrowing PacketBatch) -> Int {
    packets.receive(from: socket.descriptor)
  }

  /// Makes a test packet of this run into its answer, which goes out by `reply`; any other into
  /// nothing. It counts as received when the kernel stamped it, or at `delivered`.
  package func answer(
    _ packet: ReceivedPacket, deliveredBy delivered: Timestamp? = nil
  ) -> StampSenderPacket? {
    var reader = packet.reader
    guard let request = try? StampSenderPacket(parsing: &reader), request.probe.run == run else {
      packet.discard()
      return nil
    }
    packet.replace(
      with: StampReflectorPacket(
        answering: request, reflector: node.rawValue, receivedAt: delivered ?? packet.receivedAt,
        sentAt: WallClock.now, timeToLive: packet.timeToLive))
    return request
  }

  /// Sends the answers among the first `count` packets; those that do not go out are discarded, and
  /// so many of them for want of memory.
  @discardableResult
  package func reply(with packets: borrowing PacketBatch, count: Int) -> Int {
    packets.reply(on: socket.descriptor, with: 0..<count)
  }
}
