package import LinuxNet
package import Measurement
package import Packets

/// Measures a path at rest, from one of its nodes to another and back, with STAMP packets between
/// their own addresses. It serves both ends, in one loop on the calling thread.
package struct PathMeter: ~Copyable {
  private let sockets: (sender: UDPSocket, reflector: UDPSocket)
  /// Of the IP and UDP headers.
  private let headers: Int
  private let session: ProbeTLV
  private let packets = PacketBatch(capacity: 8)
  private let packet: UnsafeMutableRawBufferPointer
  private let poll: EventPoll
  private let interruption: Interruption
  private var next: UInt32 = 0
  private var recorder = LatencyRecorder()
  /// The number of the first probe that counts, and which of those after it were answered.
  private var first: UInt32 = 0
  private var isAnswered: [Bool] = []
  private var lastAnswered: UInt32?

  private static let replyTimeout = TimeSpan.seconds(1)

  /// The sockets are connected to each other; `sender` and `reflector` are their nodes' indices.
  package init(
    sender: (node: UInt16, socket: UDPSocket), reflector: (node: UInt16, socket: UDPSocket),
    family: IPFamily, interruption: Interruption
  ) throws(KernelError) {
    let poll = try EventPoll()
    for socket in [sender.socket.descriptorNumber, reflector.socket.descriptorNumber] {
      try poll.add(socket, tag: 0)
    }
    try poll.add(interruption.descriptorNumber, tag: 0)
    sockets = (sender.socket, reflector.socket)
    headers = family.headerLength + UDPHeader.wireLength
    session = ProbeTLV(run: .random(in: 1...UInt64.max), sender: sender.node)
    self.interruption = interruption
    packet = .allocate(
      byteCount: PathMeter.largestDatagram, alignment: MemoryLayout<UInt64>.alignment)
    self.poll = poll
    reflectorNode = reflector.node
  }

  private let reflectorNode: UInt16

  deinit { packet.deallocate() }

  /// What an IP packet can carry.
  private static let largestDatagram = 65_535
}

extension PathMeter {
  /// The round trips of `samples` probes, one every `interval`, after those of `warmUp`; `nil` when
  /// it was interrupted.
  package mutating func measureLatency(
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
  package mutating func pathMTU(largest: Int, delay: TimeSpan) -> Int? {
    let timeout = PathMeter.attemptTimeout + delay
    if passes(largest, within: timeout) { return largest }
    var (passing, failing) = (PathMeter.leastMTU, largest)
    guard passes(passing, within: timeout) else { return nil }
    while failing - passing > 1, !interruption.hasCome {
      let size = (passing + failing) / 2
      if passes(size, within: timeout) { passing = size } else { failing = size }
    }
    return passing
  }

  /// Less than any link's, and room for a probe and its padding.
  private static let leastMTU = 128
  private static let attempts = 3
  private static let attemptTimeout = TimeSpan.milliseconds(200)

  private mutating func passes(_ size: Int, within timeout: TimeSpan) -> Bool {
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
  /// Of a probe without padding.
  private var plainSize: Int { headers + StampSenderPacket.wireLength }

  /// Sends a probe as an IP packet of `size` bytes and takes in what that brings about at once:
  /// where both ends are on one machine the packet, and then its answer, is there when the call
  /// returns. Whether the kernel took it.
  @discardableResult
  private mutating func exchange(size: Int) -> Bool {
    let probe = UnsafeMutableRawBufferPointer(rebasing: packet[..<(size - headers)])
    let padding = UnsafeMutableRawBufferPointer(rebasing: probe[StampSenderPacket.wireLength...])
    if !padding.isEmpty {
      var writer = ByteWriter(padding)
      StampPadding(length: padding.count).write(to: &writer)
    }
    var writer = ByteWriter(probe)
    StampSenderPacket(
      sequence: next, timestamp: WallClock.now, sessionID: session.sender &+ 1, probe: session
    ).write(to: &writer)
    next &+= 1
    let isTaken = UDPSocket.send(
      UnsafeRawBufferPointer(probe), on: sockets.sender.descriptorNumber)
    if reflect(deliveredBy: WallClock.now) { receive() }
    return isTaken
  }

  /// Answers what waits at the reflector; whether anything did. It counts as received when it could
  /// be read: by `delivered` if the call that sent it returned then, otherwise when the kernel
  /// stamped it. That stamp alone would leave out what the kernel does after it, for a tunnel all
  /// of the decapsulation.
  private mutating func reflect(deliveredBy delivered: Timestamp?) -> Bool {
    let count = packets.receive(from: sockets.reflector.descriptorNumber)
    for index in 0..<count {
      let received = packets.packet(index)
      var reader = received.reader
      guard let request = try? StampSenderPacket(parsing: &reader), request.probe == session else {
        continue
      }
      var writer = ByteWriter(packet)
      StampReflectorPacket(
        answering: request, reflector: reflectorNode,
        receivedAt: delivered ?? received.receivedAt, sentAt: WallClock.now,
        timeToLive: received.timeToLive
      ).write(to: &writer)
      UDPSocket.send(
        UnsafeRawBufferPointer(rebasing: packet[..<StampReflectorPacket.wireLength]),
        on: sockets.reflector.descriptorNumber)
    }
    return count > 0
  }

  private mutating func receive() {
    let count = packets.receive(from: sockets.sender.descriptorNumber)
    for index in 0..<count {
      let received = packets.packet(index)
      var reader = received.reader
      guard let reply = try? StampReflectorPacket(parsing: &reader),
        reply.probe.run == session.run
      else { continue }
      take(reply, at: received.receivedAt)
    }
  }

  private mutating func take(_ reply: StampReflectorPacket, at instant: Timestamp) {
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
  private mutating func wait(
    until deadline: Timestamp, _ isDone: (borrowing PathMeter) -> Bool
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
