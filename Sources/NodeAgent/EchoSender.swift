import LinuxNet
import Packets
import TopologyModel

/// Pings an address, each request with its number and its run.
struct EchoSender {
  let socket: EchoSocket
  private let family: IPFamily
  private let run: UInt64
  private let node: NodeID

  init(_ socket: EchoSocket, family: IPFamily, run: UInt64, node: NodeID) {
    self.socket = socket
    self.family = family
    self.run = run
    self.node = node
  }

  func send(_ sequence: UInt32) -> SendOutcome {
    let probe = EchoProbe(
      family: family, identifier: EchoSocket.identifier, sequence: sequence, run: run,
      sender: node.rawValue)
    return withUnsafeTemporaryAllocation(
      byteCount: EchoProbe.wireLength, alignment: MemoryLayout<UInt64>.alignment
    ) { buffer in
      var writer = ByteWriter(buffer)
      probe.write(to: &writer)
      return socket.send(UnsafeRawBufferPointer(buffer))
    }
  }

  /// The number of the request that a packet answers; `nil` for anything else.
  func answered(by packet: ReceivedPacket) -> UInt32? {
    var reader = packet.reader
    if socket.keepsHeader {
      guard (try? IPv4Header(parsing: &reader)) != nil else { return nil }
    }
    return answered(by: reader)
  }

  /// The same, of what follows the IP header.
  func answered(by message: ByteReader) -> UInt32? {
    var reader = message
    guard let reply = try? EchoProbe(parsing: &reader), reply.isReply, reply.run == run else {
      return nil
    }
    return reply.sequence
  }
}
