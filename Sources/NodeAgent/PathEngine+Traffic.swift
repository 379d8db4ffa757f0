import FailoverMethods
import LinuxNet
import Measurement
import Packets
import TopologyModel

/// The hot path: probes out, probes seen, probes reflected, answers in.
extension PathEngine {
  /// No more intervals are made up for than this before packets are taken in.
  private static let mostAtOnce = 64

  /// Sends every probe due by `now`, those missed during a stall too, so that the schedule keeps
  /// its count; only when the machine falls behind for long are intervals skipped, and counted.
  mutating func sendDue(_ now: Timestamp) {
    guard nextProbe <= now else { return }
    noticeStall(now - nextProbe)
    for _ in 0..<PathEngine.mostAtOnce where nextProbe <= now {
      for index in probers.indices where probers[index].isProbing(at: nextProbe) {
        if !probers[index].ring.isFull { probers[index].send() }
      }
      nextProbe += settings.probe.every
    }
    let behind = now - nextProbe
    if behind > PathEngine.mostBehind {
      let skipped = behind.nanoseconds / settings.probe.every.nanoseconds
      probesSkipped += Int(skipped)
      nextProbe += Int(skipped) * settings.probe.every
    }
  }

  private static let mostBehind = TimeSpan.milliseconds(200)

  /// A machine that stands still cuts probes and moves short alike: what was under way then says
  /// nothing of the path.
  private mutating func noticeStall(_ lateness: TimeSpan) {
    guard lateness > PathEngine.longestStall, !open.isEmpty else { return }
    let milliseconds = lateness.nanoseconds / 1_000_000
    tell(
      .warning(
        "the machine held the program up for \(milliseconds) ms; the transitions under way are void"
      ))
    for index in open.indices { open[index].isVoid = true }
  }

  private static let longestStall = TimeSpan.milliseconds(50)

  /// Answers the probes that reached a server through its UDP stack.
  func reflect(at port: Int) {
    guard let socket = ports[port].reflector?.descriptorNumber else { return }
    let count = packets.receive(from: socket)
    var answered = 0
    for index in 0..<count {
      let packet = packets.packet(index)
      var reader = packet.reader
      guard let request = try? StampSenderPacket(parsing: &reader),
        request.probe.run == settings.run
      else {
        packets.reply(on: socket, with: answered..<index)
        answered = index + 1
        continue
      }
      packet.replace(
        with: StampReflectorPacket(
          answering: request, reflector: ports[port].node, receivedAt: packet.receivedAt,
          sentAt: WallClock.now, timeToLive: packet.timeToLive))
      if let prober = proberPort(of: request.probe) {
        probers[prober].ring.reflect(request.sequence, inTime: true)
      }
    }
    packets.reply(on: socket, with: answered..<max(answered, count))
  }

  mutating func receiveReplies(at port: Int) {
    guard let socket = ports[port].prober?.descriptorNumber else { return }
    let count = packets.receive(from: socket)
    for index in 0..<count {
      let packet = packets.packet(index)
      var reader = packet.reader
      guard let reply = try? StampReflectorPacket(parsing: &reader),
        reply.probe.run == settings.run
      else { continue }
      guard reply.receiveTimestamp - reply.senderTimestamp <= settings.delayThreshold else {
        probers[port].ring.reflect(reply.senderSequence, inTime: false)
        continue
      }
      let isFirst = probers[port].ring.answer(
        reply.senderSequence, at: packet.receivedAt, by: reply.probe.reflector)
      let isLate = packet.receivedAt - reply.senderTimestamp > PathEngine.replyTimeout
      if !isFirst, !isLate, let window = transition(at: reply.senderTimestamp) {
        open[window].windows[port].recordDuplicate()
      }
    }
  }

  mutating func receiveCaptured(at port: Int) {
    let count = packets.receive(from: ports[port].capture.descriptorNumber)
    for index in 0..<count {
      let packet = packets.packet(index)
      var reader = packet.reader
      switch try? CapturedFrame(parsing: &reader) {
      case .probe(let probe, let destination):
        guard probe.probe.run == settings.run else { continue }
        record(probe, to: destination, at: port, instant: packet.receivedAt)
      case .announcement(_, let mac):
        recordAnnouncement(of: mac, at: port, instant: packet.receivedAt)
      case nil:
        continue
      }
    }
  }

  /// A probe came in at a server: where it belongs if the server held the VIP at that instant,
  /// otherwise misdirected.
  private mutating func record(
    _ probe: StampSenderPacket, to destination: MACAddress, at port: Int, instant: Timestamp
  ) {
    guard let prober = proberPort(of: probe.probe) else { return }
    let window = transition(at: probe.timestamp)
    if holdings[port].covers(instant) {
      probers[prober].ring.reach(probe.sequence)
      if let window, servers[open[window].turn.to] == port {
        open[window].windows[prober].recordArrival(at: instant)
      }
    } else if ports[port].isServer {
      runs.record(server: port, prober: prober, at: instant)
      probers[prober].ring.misdirect(probe.sequence, to: ports[port].node)
      if let window {
        open[window].windows[prober].recordMisdirected(
          at: ports[port].node, destination: destination, instant: instant)
      }
    }
  }

  /// The port of the node that sent a probe.
  private func proberPort(of probe: ProbeTLV) -> Int? {
    let node = Int(probe.sender)
    guard portOfNode.indices.contains(node), portOfNode[node] >= 0 else { return nil }
    return portOfNode[node]
  }

  /// It came to `port` that the VIP is at `mac` now.
  private mutating func recordAnnouncement(
    of mac: MACAddress, at port: Int, instant: Timestamp
  ) {
    guard let window = transition(at: instant),
      ports[servers[open[window].turn.to]].mac == mac,
      instant >= open[window].turn.scheduled
    else { return }
    for prober in deciders.indices where deciders[prober] == port {
      open[window].windows[prober].recordAnnouncement(seen: instant)
    }
  }

  /// The index in `open` of the transition that `instant` belongs to.
  func transition(at instant: Timestamp) -> Int? {
    open.lastIndex { $0.begin <= instant && instant < $0.end }
  }
}
