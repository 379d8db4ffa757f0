import FailoverMethods
import LinuxNet
import Measurement
import Packets
import TopologyModel

/// The hot path: probes out, probes seen, probes reflected, answers in.
extension NodeEngine {
  /// What became readable.
  enum Source: UInt64, CaseIterable, Sendable {
    case capture, reflector, prober, monitor, recorder
  }

  /// What wakes the engine when it is readable.
  func awaited(_ source: Source) -> Descriptor? {
    switch source {
    case .prober where takesAnswersInPassing: nil
    case .capture: port.capture?.descriptor
    case .reflector: port.reflector?.descriptor ?? port.pages?.descriptor
    case .prober: port.prober?.descriptor
    case .monitor: port.monitor.descriptor
    case .recorder: port.recorder?.descriptor
    }
  }

  /// Whether answers wake nobody and are taken in as the next probe is sent, which is soon: when they
  /// came the kernel says.
  private var takesAnswersInPassing: Bool {
    settings.probe.every <= NodeEngine.soon && settings.probe.kind == .stamp
      && port.outside == nil
  }

  private static let soon = TimeSpan.milliseconds(10)

  /// Sends every probe that is due.
  mutating func probe(_ now: Timestamp, with packets: borrowing PacketBatch) {
    let due = nextProbe
    guard due <= now else { return }
    if takesAnswersInPassing { handle(.prober, with: packets) }
    let lateness = stream?.sendDue(now) ?? .zero
    noticeStall(lateness, since: due)
  }

  /// A machine that stands still cuts probes and moves short alike: what was under way then says
  /// nothing of the path.
  private mutating func noticeStall(_ lateness: TimeSpan, since due: Timestamp) {
    guard lateness > longestStall else { return }
    buffer.append(.fault(.stalled(span: lateness), since: due, at: due + lateness))
  }

  private static let longestStall = TimeSpan.milliseconds(50)
  private static let leastStall = TimeSpan.milliseconds(5)

  /// What is passed over of a machine that stands still while `failover` is measured: less where daemons
  /// watch each other more closely, which stand still with it and take each other for dead.
  static func longestStall(under failover: FailoverSettings?) -> TimeSpan {
    guard let failover, failover.method.isOfDaemons else { return longestStall }
    return max(leastStall, min(longestStall, failover.interval))
  }

  /// Takes in what became readable at `source`, a batch of it; whether there may be more.
  @discardableResult
  mutating func handle(_ source: Source, with packets: borrowing PacketBatch) -> Bool {
    let count: Int
    switch source {
    case .capture:
      count = port.outside == nil ? receiveCaptured(packets) : receiveSpoken(packets)
    case .reflector:
      if let pages = port.pages {
        _ = pages.serve()
        return false
      }
      count = reflect(packets)
    case .prober: count = receiveAnswers(packets)
    case .recorder: count = port.recorder?.receive(packets) ?? 0
    case .monitor:
      followChanges()
      return false
    }
    return count == packets.capacity
  }

  /// Answers the probes that reached the node through its UDP stack.
  private mutating func reflect(_ packets: borrowing PacketBatch) -> Int {
    guard let reflector else { return 0 }
    let count = reflector.receive(into: packets)
    guard service == .alive else { return count }
    for index in 0..<count {
      let request = reflector.answer(packets.packet(index)) { admits($0) }
      requests[index] = request.flatMap { request in
        request.probe.map { ($0.sender, request.sequence) }
      }
      if request == nil { foreign += 1 }
    }
    watch.unsent += reflector.reply(with: packets, count: count)
    for index in 0..<count where packets.packet(index).length > 0 {
      guard let (sender, sequence) = requests[index] else { continue }
      reflections.record(
        sequence, of: StreamID(prober: NodeID(rawValue: sender)), into: &buffer)
    }
    return count
  }

  private mutating func admits(_ probe: StampSenderPacket) -> Bool {
    probe.probe.map { replays.admits(probe.sequence, of: NodeID(rawValue: $0.sender)) } ?? false
  }

  private mutating func receiveAnswers(_ packets: borrowing PacketBatch) -> Int {
    guard let count = stream?.receive(packets) else { return 0 }
    // The frame of an answer waits at the packet socket before the answer does at the prober's.
    if port.hearsSpeakers { while handle(.capture, with: packets) {} }
    stream?.takeAnswers(from: speakers, into: &buffer)
    return count
  }

  private mutating func receiveCaptured(_ packets: borrowing PacketBatch) -> Int {
    guard let capture = port.capture else { return 0 }
    // Whether the VIP is held is another program's doing, of which the kernel tells.
    if isOfPrograms { followChanges() }
    let count = packets.receive(from: capture.descriptor)
    for index in 0..<count {
      let packet = packets.packet(index)
      var reader = packet.reader
      switch try? CapturedFrame(parsing: &reader, of: settings.session) {
      case .probe(let probe, let destination):
        guard let probe, let session = probe.probe, port.isServer, admits(probe) else { continue }
        arrivals.record(
          probe.sequence, of: StreamID(prober: NodeID(rawValue: session.sender)),
          isHeld: holding.covers(packet.receivedAt), destination: destination,
          at: packet.receivedAt, into: &buffer)
      case .echo(let echo, let ethernet):
        guard echo.run == settings.session.run else { continue }
        let sender = NodeID(rawValue: echo.sender)
        take(
          echo.sequence, of: sender, isAnswer: echo.isReply, key: echo.sequence, ethernet,
          packet.receivedAt)
      case .handshake(let segment, let ethernet):
        let isAnswer = segment.isAnswer
        let sender = peers[isAnswer ? segment.destination : segment.source]
        let port = isAnswer ? segment.destinationPort : segment.sourcePort
        guard let sender, let number = PortNumbering.number(of: port) else { continue }
        take(
          number, of: sender, isAnswer: isAnswer, key: UInt32(port), ethernet, packet.receivedAt)
      // Another program's.
      case .announcement(_, port.mac, _) where isOfPrograms:
        buffer.append(.announced(at: packet.receivedAt))
      case .announcement(_, let mac, let form):
        buffer.append(.announcementSeen(of: mac, at: packet.receivedAt, form: form))
        agent?.receive(.announced(mac), at: packet.receivedAt - ahead)
      case nil:
        continue
      }
    }
    return count
  }
}

/// Probes that the kernel answers.
extension NodeEngine {
  /// A probe that came in, its answer that goes out, or an answer to this node's own, which shares
  /// `key` with it.
  private mutating func take(
    _ sequence: UInt32, of sender: NodeID, isAnswer: Bool, key: UInt32,
    _ ethernet: EthernetHeader, _ instant: Timestamp
  ) {
    let stream = StreamID(prober: sender)
    if !isAnswer {
      guard port.isServer else { return }
      arrivals.record(
        sequence, of: stream, isHeld: holding.covers(instant), destination: ethernet.destination,
        at: instant, into: &buffer)
    } else if ethernet.source == port.mac {
      reflections.record(sequence, of: stream, into: &buffer)
    } else {
      speakers.heard(ethernet.source, answering: key)
    }
  }
}

/// Watched from outside.
extension NodeEngine {
  /// Answers of the VIP, and its announcements.
  private mutating func receiveSpoken(_ packets: borrowing PacketBatch) -> Int {
    guard let capture = port.capture else { return 0 }
    let count = packets.receive(from: capture.descriptor)
    for index in 0..<count {
      let packet = packets.packet(index)
      var reader = packet.reader
      if case .announcement(_, let mac, let form) = try? CapturedFrame(parsing: &reader) {
        buffer.append(.announcementSeen(of: mac, at: packet.receivedAt, form: form))
      } else if let (mac, key) = stream?.speaker(in: packet) {
        speakers.heard(mac, answering: key)
      }
    }
    return count
  }

  /// Without the right to capture, the neighbour entry is all that tells who is spoken to.
  mutating func follow(entry: NeighbourView) {
    buffer.append(.neighbour(entry: entry))
    watch.isResolved = entry.mac != nil
    if port.outside != nil, port.capture == nil, let mac = entry.mac {
      speakers.otherwise = .at(mac)
    }
  }
}

/// What is handed over.
extension NodeEngine {
  /// The span after which what is known is handed over at the end of a round.
  private static let lastInterval = TimeSpan.milliseconds(10)
  /// A packet with an earlier stamp may be on its way to its socket for so long.
  private static let inFlight = TimeSpan.milliseconds(5)

  /// Whether it is time to tell how far everything is known.
  func isFlushDue(at now: Timestamp) -> Bool {
    // Farther off than any is planned: the clock was set back.
    phase != .resting && (nextFlush <= now || nextFlush - now > 2 * settings.flushInterval)
  }

  /// Compresses what is decided, and when it is time tells how far everything is known.
  mutating func settle(_ now: Timestamp, with packets: borrowing PacketBatch) {
    guard phase != .resting else { return buffer.clear() }
    stream?.decide(now, into: &buffer)
    guard isFlushDue(at: now) else { return }
    noticeStall(now - nextFlush, since: nextFlush)
    let isDrained = drain(packets)
    stream?.decide(now, into: &buffer)
    stream?.flush(since: watch.flushed, at: now, into: &buffer)
    arrivals.flush(into: &buffer)
    reflections.flush(into: &buffer)
    if foreign > 0 {
      buffer.append(.foreign(at: now, packets: foreign))
      foreign = 0
    }
    followPrograms(at: now)
    for fault in watch.look() {
      buffer.append(.fault(fault, since: watch.flushed, at: now))
      if case .clockStepped = fault { stream?.realign(at: now) }
    }
    let isLast = phase == .stopping || !isDrained
    nextFlush = now + (isLast ? NodeEngine.lastInterval : settings.flushInterval)
    guard isDrained else { return }
    let known = now - NodeEngine.inFlight
    let told = min(known, stream?.oldestSent ?? known)
    buffer.append(.upTo(at: told))
    stream?.forgetDuplicates(before: told)
    watch.flushed = now
  }

  /// More than wait in any buffer; who is sent more than that at once is never done.
  private static let mostBatches = 256

  /// Takes in what waits at all sockets; whether it came to an end.
  private mutating func drain(_ packets: borrowing PacketBatch) -> Bool {
    for source in Source.allCases where !drain(source, packets) { return false }
    return true
  }

  @discardableResult
  mutating func drain(_ source: Source, _ packets: borrowing PacketBatch) -> Bool {
    for _ in 0..<NodeEngine.mostBatches where !handle(source, with: packets) { return true }
    return false
  }

  /// Blames the machine for something between the two instants.
  mutating func blame(_ fault: OwnFault, since: Timestamp, at now: Timestamp) {
    guard phase != .resting else { return }
    buffer.append(.fault(fault, since: since, at: now))
  }
}
