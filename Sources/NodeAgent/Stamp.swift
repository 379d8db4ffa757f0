package import LinuxNet
package import Packets
package import TopologyModel

/// Sends STAMP test packets by a connected socket and reads the answers.
package struct StampSender {
  let socket: UDPSocket
  private let session: ProbeTLV

  /// `run` tells this run's packets from a stranger's.
  package init(_ socket: UDPSocket, run: UInt64, node: NodeID) {
    self.socket = socket
    session = ProbeTLV(run: run, sender: node.rawValue)
  }

  /// Sends the packet with that number, padded to `length` bytes.
  package func send(
    _ sequence: UInt32, at now: Timestamp, length: Int = StampSenderPacket.wireLength
  ) -> SendOutcome {
    let packet = StampSenderPacket(
      sequence: sequence, timestamp: now, sessionID: session.sender &+ 1, probe: session)
    return withUnsafeTemporaryAllocation(
      byteCount: max(length, StampSenderPacket.wireLength),
      alignment: MemoryLayout<UInt64>.alignment
    ) { buffer in
      var writer = ByteWriter(buffer)
      packet.write(to: &writer)
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
  /// program's TLV nothing but its address, to which the socket is connected, tells that.
  package func answer(
    in payload: ByteReader, isForeignTaken: Bool = false
  ) -> StampReflectorPacket? {
    var reader = payload
    guard let reply = try? StampReflectorPacket(parsing: &reader) else { return nil }
    guard let probe = reply.probe else { return isForeignTaken ? reply : nil }
    return probe.run == session.run ? reply : nil
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
    guard let request = try? StampSenderPacket(parsing: &reader), request.probe?.run == run else {
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
