package import LinuxNet
package import Measurement
package import Packets
package import TopologyModel

/// Measures a path at rest, from one of its nodes to another and back, with STAMP packets between
/// their own addresses. Where both ends are on this machine it serves both, in one loop on the calling
/// thread.
package final class PathMeter {
  private let sender: StampSender
  private let reflector: StampReflector?
  /// Of the IP and UDP headers.
  private let headers: Int
  /// Of a probe without padding.
  private let plainSize: Int
  private let packets = PacketBatch(capacity: 8)
  private let poll: EventPoll
  private let interruption: Interruption
  private var recorder = LatencyRecorder()
  private var next: UInt32 = 0
  /// The number of the first probe that counts, and which of those after it were answered.
  private var first: UInt32 = 0
  private var isAnswered: [Bool] = []
  private var lastAnswered: UInt32?

  private static let replyTimeout = TimeSpan.seconds(1)

  /// One end of a path, by a socket that is connected to the other.
  package struct End {
    let node: NodeID
    let socket: UDPSocket

    package init(_ node: NodeID, _ socket: UDPSocket) {
      self.node = node
      self.socket = socket
    }
  }

  /// `reflector` is the other end where that is served here, too.
  package init(
    from sender: End, to reflector: End?, _ session: StampSession, family: IPFamily,
    interruption: Interruption
  ) throws(KernelError) {
    let poll = try EventPoll()
    for descriptor in [
      sender.socket.descriptor, reflector?.socket.descriptor, interruption.descriptor,
    ].compactMap({ $0 }) {
      try poll.add(descriptor, tag: 0)
    }
    self.sender = StampSender(sender.socket, session, node: sender.node)
    self.reflector = reflector.map { StampReflector($0.socket, session, node: $0.node) }
    headers = family.headerLength + UDPHeader.wireLength
    plainSize = headers + session.packetLength
    self.interruption = interruption
    self.poll = poll
  }
}

extension PathMeter {
  /// The round trips of `samples` probes, one every `interval`, after those of `warmUp`; `nil` when
  /// it was interrupted.
  package func measureLatency(
    every interval: TimeSpan, samples: Int, warmUp: TimeSpan
  ) -> LatencyRecorder? {
    let ignored = Int(warmUp.nanoseconds / interval.nanoseconds)
    let start = next
    first = start &+ UInt32(ignored)
    recorder = LatencyRecorder()
    isAnswered = Array(repeating: false, count: samples)
    let total = ignored + samples
    var due = WallClock.now
    while next &- start < UInt32(total) {
      guard !interruption.hasCome else { return nil }
      if WallClock.now >= due {
        if next >= first { recorder.recordSent() }
        exchange(size: plainSize)
        due += interval
      } else {
        wait(until: due) { _ in false }
      }
    }
    wait(until: WallClock.now + PathMeter.replyTimeout) { $0.recorder.lost == 0 }
    return interruption.hasCome ? nil : recorder
  }

  /// The largest packet that may not be fragmented and still arrives, `largest` at most, when an
  /// answer takes up to `delay`; `nil` when none does.
  package func pathMTU(largest: Int, delay: TimeSpan) -> Int? {
    let timeout = PathMeter.attemptTimeout + delay
    if passes(largest, within: timeout) { return largest }
    var (passing, failing) = (PathMeter.leastMTU, largest)
    guard passes(passing, within: timeout) else { return nil }
    for _ in 0..<PathMeter.attempts {
      while failing - passing > 1, !interruption.hasCome {
        let size = (passing + failing) / 2
        if passes(size, within: timeout) { passing = size } else { failing = size }
      }
      // What a busy machine let fall passes now.
      guard !interruption.hasCome, passes(failing, within: timeout) else { return passing }
      if failing == largest { return largest }
      (passing, failing) = (failing, largest)
    }
    return passing
  }

  /// Less than any link's, and room for a probe and its padding.
  private static let leastMTU = 256
  private static let attempts = 3
  private static let attemptTimeout = TimeSpan.milliseconds(200)

  private func passes(_ size: Int, within timeout: TimeSpan) -> Bool {
    for _ in 0..<PathMeter.attempts {
      let sequence = next
      // A packet larger than the interface's own MTU the kernel refuses at once.
      guard exchange(size: size) else { return false }
      wait(until: WallClock.now + timeout) { $0.lastAnswered == sequence }
      if lastAnswered == sequence { return true }
    }
    return false
  }
}

/// Packets out, reflected, in.
extension PathMeter {
  /// Sends a probe as an IP packet of `size` bytes and takes in what that brings about at once:
  /// where both ends are on one machine the packet, and then its answer, is there when the call
  /// returns. Whether the kernel took it.
  @discardableResult
  private func exchange(size: Int) -> Bool {
    let outcome = sender.send(next, at: WallClock.now, length: size - headers)
    next &+= 1
    if reflect(deliveredBy: WallClock.now) { receive() }
    return outcome == .taken
  }

  /// Answers what waits at the reflector; whether anything did. It counts as received when it could
  /// be read: by `delivered` if the call that sent it returned then, otherwise when the kernel
  /// stamped it. That stamp alone would leave out what the kernel does after it, for a tunnel all
  /// of the decapsulation.
  private func reflect(deliveredBy delivered: Timestamp?) -> Bool {
    guard let reflector else { return false }
    let count = reflector.receive(into: packets)
    for index in 0..<count { _ = reflector.answer(packets.packet(index), deliveredBy: delivered) }
    reflector.reply(with: packets, count: count)
    return count > 0
  }

  private func receive() {
    let count = sender.receive(into: packets)
    for index in 0..<count {
      let packet = packets.packet(index)
      if let reply = sender.answer(in: packet.reader) { take(reply, at: packet.receivedAt) }
    }
  }

  private func take(_ reply: StampReflectorPacket, at instant: Timestamp) {
    let sequence = reply.senderSequence
    lastAnswered = sequence
    let position = Int(sequence) - Int(first)
    guard isAnswered.indices.contains(position) else { return }
    guard !isAnswered[position] else { return recorder.recordDuplicate() }
    isAnswered[position] = true
    recorder.record(
      RoundTrip(
        sent: reply.senderTimestamp, reflectorReceived: reply.receiveTimestamp,
        reflectorSent: reply.timestamp, received: instant),
      sequence: sequence)
  }

  /// Takes in packets until `deadline`, or until `isDone`.
  private func wait(
    until deadline: Timestamp, _ isDone: (PathMeter) -> Bool
  ) {
    while !isDone(self), !interruption.hasCome {
      let now = WallClock.now
      guard now < deadline else { return }
      guard poll.wait(timeout: deadline - now) > 0 else { continue }
      _ = reflect(deliveredBy: nil)
      receive()
    }
  }
}
