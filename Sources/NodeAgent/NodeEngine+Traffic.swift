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

  func descriptor(of source: Source) -> Descriptor? {
    switch source {
    case .capture: port.capture.descriptor
    case .reflector: port.reflector?.descriptor
    case .prober: port.prober?.descriptor
    case .monitor: port.monitor.descriptor
    case .recorder: port.recorder?.descriptor
    }
  }

  /// Sends every probe that is due.
  mutating func probe(_ now: Timestamp) {
    let due = nextProbe
    guard due <= now else { return }
    let lateness = stream?.sendDue(now) ?? .zero
    noticeStall(lateness, since: due)
  }

  /// A machine that stands still cuts probes and moves short alike: what was under way then says
  /// nothing of the path.
  private mutating func noticeStall(_ lateness: TimeSpan, since due: Timestamp) {
    guard lateness > NodeEngine.longestStall else { return }
    buffer.append(.fault(.stalled(span: lateness), since: due, at: due + lateness))
  }

  private static let longestStall = TimeSpan.milliseconds(50)

  /// Takes in what became readable at `source`, a batch of it; whether there may be more.
  @discardableResult
  mutating func handle(_ source: Source, with packets: borrowing PacketBatch) -> Bool {
    let count =
      switch source {
      case .capture: receiveCaptured(packets)
      case .reflector: reflect(packets)
      case .prober: stream?.receive(packets, into: &buffer) ?? 0
      case .recorder: port.recorder?.receive(packets) ?? 0
      case .monitor: followChanges()
      }
    return count == packets.capacity
  }

  /// Answers the probes that reached the node through its UDP stack.
  private mutating func reflect(_ packets: borrowing PacketBatch) -> Int {
    guard let reflector else { return 0 }
    let count = reflector.receive(into: packets)
    for index in 0..<count {
      guard let request = reflector.answer(packets.packet(index)) else { continue }
      reflections.record(
        request.sequence, of: StreamID(prober: NodeID(rawValue: request.probe.sender)),
        into: &buffer)
    }
    reflector.reply(with: packets, count: count)
    return count
  }

  private mutating func receiveCaptured(_ packets: borrowing PacketBatch) -> Int {
    let count = packets.receive(from: port.capture.descriptor)
    for index in 0..<count {
      let packet = packets.packet(index)
      var reader = packet.reader
      switch try? CapturedFrame(parsing: &reader) {
      case .probe(let probe, let destination):
        guard probe.probe.run == settings.run, port.isServer else { continue }
        arrivals.record(
          probe.sequence, of: StreamID(prober: NodeID(rawValue: probe.probe.sender)),
          isHeld: holding.covers(packet.receivedAt), destination: destination,
          at: packet.receivedAt, into: &buffer)
      case .announcement(_, let mac):
        buffer.append(.announcementSeen(of: mac, at: packet.receivedAt))
        agent?.receive(.announced(mac), at: packet.receivedAt)
      case nil:
        continue
      }
    }
    return count
  }
}

/// What is handed over.
extension NodeEngine {
  /// The span after which what is known is handed over, in a round and at its end.
  private static let flushInterval = TimeSpan.milliseconds(200)
  private static let lastInterval = TimeSpan.milliseconds(10)
  /// A packet with an earlier stamp may be on its way to its socket for so long.
  private static let inFlight = TimeSpan.milliseconds(5)

  /// Compresses what is decided, and when it is time tells how far everything is known.
  mutating func settle(_ now: Timestamp, with packets: borrowing PacketBatch) {
    guard phase != .resting else { return buffer.clear() }
    stream?.decide(now, into: &buffer)
    guard nextFlush <= now else { return }
    noticeStall(now - nextFlush, since: nextFlush)
    for source in Source.allCases { while handle(source, with: packets) {} }
    stream?.decide(now, into: &buffer)
    stream?.flush(since: watch.flushed, at: now, into: &buffer)
    arrivals.flush(into: &buffer)
    reflections.flush(into: &buffer)
    for fault in watch.look() {
      buffer.append(.fault(fault, since: watch.flushed, at: now))
    }
    let known = now - NodeEngine.inFlight
    buffer.append(.upTo(at: min(known, stream?.oldestSent ?? known)))
    watch.flushed = now
    nextFlush =
      now + (phase == .stopping ? NodeEngine.lastInterval : NodeEngine.flushInterval)
  }

  /// Blames the machine for something between the last flush and `now`.
  mutating func blame(_ fault: OwnFault, at now: Timestamp) {
    guard phase != .resting else { return }
    buffer.append(.fault(fault, since: watch.flushed, at: now))
  }
}

/// The kernel's tables.
extension NodeEngine {
  /// Follows the node's neighbour entry for the VIP, and changes to the VIP that are not this
  /// program's. How many changes there were.
  @discardableResult
  mutating func followChanges() -> Int {
    let now = WallClock.now
    var seen: [NetworkChange] = []
    port.monitor.drain { seen.append($0) }
    for change in seen { follow(change, at: now) }
    return 0
  }

  private mutating func follow(_ change: NetworkChange, at now: Timestamp) {
    let (interface, vip) = (port.interface, port.vip)
    switch change {
    case .neighbour(vip, let mac, let state, interface):
      buffer.append(.neighbour(entry: NeighbourView(at: now, mac: mac, state: state)))
    case .neighbourRemoved(vip, interface):
      buffer.append(.neighbour(entry: NeighbourView(at: now, mac: nil, state: nil)))
    case .addressAdded(vip, interface):
      if watch.expectedAdditions > 0 {
        watch.expectedAdditions -= 1
      } else {
        holding.begin(at: now)
        stream?.pause()
        buffer.append(.foreignClaim(at: now))
        agent?.receive(.addressAdded, at: now)
      }
    case .addressRemoved(vip, interface):
      if watch.expectedRemovals > 0 {
        watch.expectedRemovals -= 1
      } else {
        holding.end(at: now)
        if phase == .running { stream?.resume(from: now) }
        buffer.append(.foreignRelease(at: now))
        agent?.receive(.addressRemoved, at: now)
      }
    case .link(interface, isUp: false):
      buffer.append(.linkDown(at: now))
    case .overrun:
      watch.expectedAdditions = 0
      watch.expectedRemovals = 0
      buffer.append(.blurred(at: now, reason: "some changes of its network went by unseen"))
    default:
      break
    }
  }
}
