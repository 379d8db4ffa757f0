package import LinuxNet
package import Packets
package import TopologyModel

/// Sends STAMP test packets by a connected socket and reads the answers.
package struct StampSender {
  let socket: UDPSocket
  private let session: StampSession
  private let node: NodeID

  package init(_ socket: UDPSocket, _ session: StampSession, node: NodeID) {
    self.socket = socket
    self.session = session
    self.node = node
  }

  /// Sends the packet with that number, padded to `length` bytes.
  package func send(_ sequence: UInt32, at now: Timestamp, length: Int = 0) -> SendOutcome {
    let packet = StampSenderPacket(
      sequence: sequence, timestamp: now, sessionID: node.rawValue &+ 1,
      probe: ProbeTLV(run: session.run, sender: node.rawValue))
    return withUnsafeTemporaryAllocation(
      byteCount: max(length, session.packetLength), alignment: MemoryLayout<UInt64>.alignment
    ) { buffer in
      var writer = ByteWriter(buffer)
      session.write(packet, to: &writer)
      if length > writer.position {
        StampPadding(length: length - writer.position).write(to: &writer)
      }
      return socket.send(UnsafeRawBufferPointer(rebasing: buffer[..<writer.position]))
    }
  }

  /// Takes in what waits; how many packets.
  package func receive(into packets: borrowing PacketBatch) -> Int {
    packets.receive(from: socket.descriptor)
  }

  /// The answer in a packet, if it is one to this run. Of a reflector that does not know this
  /// program's TLV nothing but its address, to which the socket is connected, tells that, and in
  /// authenticated mode the key.
  package func answer(
    in payload: ByteReader, isForeignTaken: Bool = false
  ) -> StampReflectorPacket? {
    if let reply: StampReflectorPacket = session.read(from: payload) { return reply }
    guard isForeignTaken else { return nil }
    var reader = payload
    return try? StampReflectorPacket(parsing: &reader, key: session.key)
  }
}

/// Answers STAMP test packets (RFC 8762, section 4.3, stateless).
package struct StampReflector {
  let socket: UDPSocket
  private let session: StampSession
  private let node: NodeID

  package init(_ socket: UDPSocket, _ session: StampSession, node: NodeID) {
    self.socket = socket
    self.session = session
    self.node = node
  }

  /// Takes in what waits; how many packets.
  package func receive(into packets: borrowing PacketBatch) -> Int {
    packets.receive(from: socket.descriptor)
  }

  /// Makes a test packet of this run into its answer, which goes out by `reply`; any other, and one that
  /// is not `admitted`, into nothing. It counts as received when the kernel stamped it, or at
  /// `delivered`. The packet that is answered.
  @discardableResult
  package func answer(
    _ packet: ReceivedPacket, deliveredBy delivered: Timestamp? = nil,
    admitted: (StampSenderPacket) -> Bool = { _ in true }
  ) -> StampSenderPacket? {
    guard let request: StampSenderPacket = session.read(from: packet.reader), admitted(request)
    else {
      packet.discard()
      return nil
    }
    let answer = StampReflectorPacket(
      answering: request, reflector: node.rawValue, receivedAt: delivered ?? packet.receivedAt,
      sentAt: WallClock.now, timeToLive: packet.timeToLive)
    packet.replace { session.write(answer, to: &$0) }
    return request
  }

  /// Sends the answers among the first `count` packets; those that do not go out are discarded, and
  /// so many of them for want of memory.
  @discardableResult
  package func reply(with packets: borrowing PacketBatch, count: Int) -> Int {
    packets.reply(on: socket.descriptor, with: 0..<count)
  }
}
