import LinuxNet
import Measurement
import Packets
import TopologyModel

/// A node's stream of probes to the VIP, on a schedule that does not drift, and what becomes of
/// them.
struct ProbeStream: ~Copyable {
  private let id: StreamID
  private let interval: TimeSpan
  private let phase: TimeSpan
  /// A probe whose round trip, less the time it spent at the holder, takes longer than this counts
  /// as lost (the forwarding delay threshold of RFC 6412): one that waited in a queue for an address
  /// to be resolved was not served.
  private let delayThreshold: TimeSpan
  /// The shortest round trip so far, which is the way's own where that is not known before.
  private var shortest: TimeSpan?
  private let isWayUnknown: Bool
  private let isBehindRouter: Bool
  private let carrier: ProbeCarrier
  /// A probe without an answer is lost when this has passed.
  private let timeout: TimeSpan
  private var answers: [ProbeAnswer] = []
  private var responders: Responders
  private var ring: ProbeRing
  private var runs: FateRuns
  private var pace: Pace
  private var isProbing = false
  private var isResuming = false
  private(set) var nextDue = Timestamp.distantFuture
  /// More answers than one, and when the first probe of those was sent that have them.
  private var duplicates = (sent: Timestamp.distantFuture, count: 0)
  /// The first probe since the last flush that somebody else answered, too.
  private var contest: (at: Timestamp, first: NodeID, second: NodeID)?
  /// What was sent before it is told of.
  private var told = Timestamp(nanoseconds: 0)
  /// Packets that are not of this run, or answer what was sent so many probes ago that somebody must
  /// have kept them.
  private var foreign = 0
  private let oldest: UInt32
  /// `nil` where all nodes have one clock.
  private var peerClocks: PeerClocks?
  /// Probes that the kernel had no room for, and the latest reason.
  private var unsent = (count: 0, code: Int32(0))

  struct Settings {
    var node: NodeID
    var interval: TimeSpan
    /// How long after whole intervals of the clock it sends.
    var phase = TimeSpan.zero
    var delayThreshold: TimeSpan
    var timeout = TransitionLedger.replyTimeout
    var firstProbe: UInt32 = 0
    /// Whether the way's own delay, which is to be found out, comes on top of the threshold.
    var isWayUnknown = false
    var isBehindRouter = false
    var comparesClocks = false
    /// The nodes of the run, by what tells them in answers that say no number.
    var nodes: [Responder: NodeID] = [:]
    /// The least number of those who say nothing of themselves but by their answers.
    var firstResponder: NodeID
  }

  init(_ carrier: ProbeCarrier, _ settings: Settings) {
    id = StreamID(prober: settings.node)
    interval = settings.interval
    phase = settings.phase
    delayThreshold = settings.delayThreshold
    timeout = settings.timeout
    shortest = settings.isWayUnknown ? nil : .zero
    isWayUnknown = settings.isWayUnknown
    isBehindRouter = settings.isBehindRouter
    peerClocks = settings.comparesClocks ? PeerClocks() : nil
    oldest = UInt32(clamping: ProbeStream.mostDelay.nanoseconds / interval.nanoseconds)
    responders = Responders(first: settings.firstResponder, nodes: settings.nodes)
    self.carrier = carrier
    answers.reserveCapacity(NodeEngine.mostAtOnce)
    let waiting = Int(settings.timeout.nanoseconds / interval.nanoseconds)
    ring = ProbeRing(holding: 2 * waiting, from: settings.firstProbe)
    runs = FateRuns(id, interval: interval)
    pace = Pace(interval: interval)
  }

  var descriptor: Descriptor { carrier.descriptor }

  /// When the oldest probe was sent of which something may yet be learned.
  var oldestSent: Timestamp? { carrier.lingering ?? ring.oldestSent }

  /// Probes from `instant` on, at whole intervals of the clock and the phase.
  mutating func resume(from instant: Timestamp) {
    let (whole, rest) = (instant - phase).nanoseconds
      .quotientAndRemainder(dividingBy: interval.nanoseconds)
    nextDue = Timestamp(nanoseconds: (rest == 0 ? whole : whole + 1) * interval.nanoseconds) + phase
    isResuming = isResuming || !isProbing
    isProbing = true
  }

  /// Goes on from `now`, after the clock was set.
  mutating func realign(at now: Timestamp) {
    if isWayUnknown { shortest = nil }
    if isProbing { resume(from: now) }
  }

  mutating func forgetDuplicates(before instant: Timestamp) { told = instant }

  mutating func pause() {
    isProbing = false
    nextDue = .distantFuture
  }

  /// No queue holds an answer back for longer.
  private static let mostDelay = TimeSpan.seconds(10)

  /// No more intervals are made up for than this before packets are taken in.
  private static let mostAtOnce = 64
  private static let mostBehind = TimeSpan.milliseconds(200)

  /// Sends every probe due by `now`, those missed during a stall too, so that the schedule keeps
  /// its count; only when the machine falls behind for long are intervals skipped, which is told as
  /// a stall. By how much the first of them was late.
  mutating func sendDue(_ now: Timestamp) -> TimeSpan {
    guard nextDue <= now else { return .zero }
    let lateness = now - nextDue
    for _ in 0..<ProbeStream.mostAtOnce where nextDue <= now {
      send()
      nextDue += interval
    }
    let behind = now - nextDue
    if behind > ProbeStream.mostBehind {
      nextDue += Int(behind.nanoseconds / interval.nanoseconds) * interval
    }
    return lateness
  }

  /// A probe that the kernel refuses counts as sent and lost.
  private mutating func send() {
    guard !ring.isFull else {
      unsent.count += 1
      return
    }
    let now = WallClock.now
    pace.record(lateness: now - nextDue)
    let sequence = ring.next
    ring.append(sent: now, isResuming: isResuming)
    isResuming = false
    switch carrier.send(sequence, at: now) {
    case .taken: break
    // Whom others move the VIP for is to blame the path for nothing that this host does not send.
    case .refused where !isWayUnknown: break
    case .refused(let code), .shortage(let code):
      unsent.count += 1
      unsent.code = code
    }
  }

  /// Takes answers in, to be told of by `takeAnswers`; how many packets came.
  mutating func receive(_ packets: borrowing PacketBatch) -> Int {
    let received = carrier.receive(packets, into: &answers)
    foreign += received.foreign
    return received.packets
  }

  /// Who sent a captured frame, and what it shares with the probe that it answers.
  func speaker(in frame: ReceivedPacket) -> (mac: MACAddress, key: UInt32)? {
    carrier.speaker(in: frame)
  }

  /// What has been received, of one of the `speakers` where an answer does not tell.
  mutating func takeAnswers(from speakers: Speakers, into buffer: inout ObservationBuffer) {
    for answer in answers { take(answer, from: speakers, into: &buffer) }
    answers.removeAll(keepingCapacity: true)
  }

  private mutating func take(
    _ answer: ProbeAnswer, from speakers: Speakers, into buffer: inout ObservationBuffer
  ) {
    let sequence = answer.sequence ?? ring.next &- 1
    guard let sent = ring.sent(sequence) else {
      if ring.next &- sequence > oldest { foreign += 1 }
      return
    }
    let roundTrip = answer.at - sent
    // What a stranger says of his time is believed as far as it can be true.
    let way = roundTrip - (isWayUnknown ? min(max(answer.dwell, .zero), roundTrip) : answer.dwell)
    if isWayUnknown, way >= .zero { shortest = min(shortest ?? way, way) }
    let author = number(of: answer, from: speakers, into: &buffer)
    if let there = answer.there {
      peerClocks?.record(
        ClockExchange(
          sent: sent, received: there.received, answered: there.answered, returned: answer.at),
        with: author)
    }
    let isLate = way > delayThreshold + (shortest ?? .zero)
    let isFirst = ring.answer(sequence, at: answer.at, by: author, isLate: isLate)
    // One that comes when what was sent then is told of already belongs to nothing any longer.
    guard !isFirst, roundTrip <= timeout, sent >= told else { return }
    duplicates.sent = min(duplicates.sent, sent)
    duplicates.count += 1
    if isWayUnknown, let first = ring.author(of: sequence), first != author {
      contest = contest ?? (answer.at, first, author)
    }
  }

  private mutating func number(
    of answer: ProbeAnswer, from speakers: Speakers, into buffer: inout ObservationBuffer
  ) -> NodeID {
    let speaker = answer.key.map(speakers.speaker) ?? speakers.otherwise
    switch answer.by {
    case .node(let node): return node
    case .at(let mac): return responders.number(of: .at(mac), at: answer.at, &buffer)
    case .named(let name):
      let mac = isBehindRouter || !isWayUnknown ? nil : speaker.mac
      return responders.number(of: .named(name, at: mac), at: answer.at, &buffer)
    case .nameless:
      if let latest = responders.latestNumber { return latest }
      return responders.number(of: .unknown, at: answer.at, &buffer)
    case .unsaid: return responders.number(of: speaker, at: answer.at, &buffer)
    }
  }

  /// Compresses every probe that is answered or given up by `now`.
  mutating func decide(_ now: Timestamp, into buffer: inout ObservationBuffer) {
    let givenUp = now - timeout
    while let probe = ring.takeDecided(givenUp: givenUp) { runs.record(probe, into: &buffer) }
    carrier.forget(before: ring.oldest, at: now)
  }

  /// What is known by `now`, and what went wrong since the last time, `since`.
  mutating func flush(
    since: Timestamp, at now: Timestamp, into buffer: inout ObservationBuffer
  ) {
    runs.flush(into: &buffer)
    if let look = peerClocks?.take(at: now) { buffer.append(look) }
    if duplicates.count > 0 {
      buffer.append(.duplicated(stream: id, sent: duplicates.sent, count: duplicates.count))
      duplicates = (.distantFuture, 0)
    }
    if let contest {
      buffer.append(.contested(at: contest.at, by: contest.first, and: contest.second))
      self.contest = nil
    }
    for remark in carrier.takeRemarks() {
      buffer.append(.remarked(at: remark.at, what: remark.what, times: remark.times))
    }
    if foreign > 0 {
      buffer.append(.foreign(at: now, packets: foreign))
      foreign = 0
    }
    if let fault = pace.takeFault() {
      buffer.append(.fault(fault, since: since, at: now))
    }
    if unsent.count > 0 {
      let reason =
        unsent.code == 0
        ? "more are under way than are kept" : SendOutcome.words(for: unsent.code)
      buffer.append(.fault(.notSent(probes: unsent.count, reason: reason), since: since, at: now))
      unsent = (0, 0)
    }
  }
}

/// How late probes are sent. A single delay cuts a figure's resolution for a moment; steady lateness
/// means that the machine cannot keep the pace.
private struct Pace {
  private let tolerance: TimeSpan
  private var sent = 0
  private var late = 0
  private var worst = TimeSpan.zero

  private static let fewest = 10

  init(interval: TimeSpan) { tolerance = max(.milliseconds(5), 5 * interval) }

  mutating func record(lateness: TimeSpan) {
    sent += 1
    guard lateness > tolerance else { return }
    late += 1
    worst = max(worst, lateness)
  }

  mutating func takeFault() -> OwnFault? {
    defer { (sent, late, worst) = (0, 0, .zero) }
    guard sent >= Pace.fewest, 2 * late > sent else { return nil }
    return .paced(late: late, of: sent, worst: worst)
  }
}
