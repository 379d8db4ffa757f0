import Measurement
import Packets
import TopologyModel

/// What the nodes of a small path saw, written out by hand: alpha and bravo, who take turns, a client,
/// and outside, a client behind the router edge. Times are milliseconds.
struct Scene {
  static let alpha: NodeID = 0
  static let bravo: NodeID = 1
  static let client: NodeID = 2
  static let edge: NodeID = 3
  static let outside: NodeID = 4

  static let origin = Timestamp(nanoseconds: 1_000_000_000_000_000)
  static let lead: Int64 = 20
  static let stuckAfter: Int64 = 300

  var roster: PathRoster
  /// Of each node in the order in which it told of it.
  private(set) var seen: [(node: NodeID, observation: Observation)] = []
  private(set) var disturbances: [Disturbance] = []
  /// Where it is not known when something follows.
  var pauses: [Int64] = []
  private(set) var end: (at: Timestamp, isInterrupted: Bool)?
  private var numbers: [NodeID: UInt32] = [:]
  /// When each probe was sent, by its number.
  private var sent: [NodeID: [Int64]] = [:]

  init(gap: Int64 = 0, isRouted: Bool = false) {
    func member(
      _ node: NodeID, _ name: String, _ role: NodeRole, gateway: NodeID? = nil
    ) -> PathRoster.Member {
      PathRoster.Member(
        node: node, name: name, role: role, mac: Scene.mac(node), gateway: gateway,
        recovery: NeighbourRecovery(shortest: .seconds(23), longest: .seconds(53)))
    }
    let routed =
      isRouted
      ? [
        member(Scene.edge, "edge", .router),
        member(Scene.outside, "outside", .client, gateway: Scene.edge),
      ] : []
    roster = PathRoster(
      path: "native", vip: IPAddress("10.0.1.200")!,
      members: [
        member(Scene.alpha, "alpha", .server), member(Scene.bravo, "bravo", .server),
        member(Scene.client, "client", .client),
      ] + routed,
      interval: .milliseconds(1), lead: .milliseconds(Scene.lead), gap: .milliseconds(gap),
      stuckAfter: .milliseconds(Scene.stuckAfter))
  }

  /// The client alone, which watches an address that alpha answers for.
  init(watching view: OutsideView) {
    self.init()
    roster.members.removeAll { $0.node != Scene.client }
    roster.lead = .seconds(1)
    roster.outside = view
    for node in [Scene.alpha, Scene.bravo] {
      see(Scene.client, .identified(responder: node, as: .at(Scene.mac(node)), at: Scene.at(0)))
    }
  }

  static func mac(_ node: NodeID) -> MACAddress { .local(group: 0, member: node.rawValue + 1) }

  static func at(_ milliseconds: Int64) -> Timestamp { origin + .milliseconds(milliseconds) }
}

/// What is written.
extension Scene {
  mutating func see(_ node: NodeID, _ observation: Observation) { seen.append((node, observation)) }

  /// The VIP is to move from one server to the other, or something else disturbs the path.
  mutating func disturb(
    _ at: Int64, from: NodeID? = alpha, to: NodeID? = bravo,
    _ kind: Disturbance.Kind = .scheduled
  ) {
    disturbances.append(Disturbance(kind, at: Scene.at(at), from: from, to: to))
  }

  /// Something breaks at a holder of the VIP, and is whole again, at a server whose daemon decides.
  mutating func breakDown(
    _ fault: FaultName, of node: NodeID, _ span: Range<Int64>, late: Int64 = 0
  ) {
    let (begin, end) = (Scene.at(span.lowerBound), Scene.at(span.upperBound))
    disturbances.append(Disturbance(.fault, at: begin, from: node, fault: fault))
    disturbances.append(Disturbance(.recovery, at: end, fault: fault))
    see(node, .broken(fault, at: begin + .milliseconds(late), due: begin))
    if fault == .crash { see(node, .released(at: begin + .milliseconds(late))) }
    see(node, .mended(fault, at: end, due: end))
  }

  /// It moves as it was to, at once.
  mutating func move(_ at: Int64, from: NodeID = alpha, to: NodeID = bravo) {
    disturb(at, from: from, to: to)
    see(from, .released(at: Scene.at(at)))
    see(to, .claimed(at: Scene.at(at), due: Scene.at(at)))
    see(to, .announced(at: Scene.at(at)))
  }

  /// A probe a millisecond, all with one fate; answers take a tenth of that.
  mutating func probes(
    _ span: Range<Int64>, _ fate: ProbeFate, by prober: NodeID = client, isResuming: Bool = false
  ) {
    let first = numbers[prober] ?? 0
    let last = first + UInt32(span.count) - 1
    numbers[prober] = last + 1
    sent[prober, default: []] += span
    let (begin, end) = (Scene.at(span.lowerBound), Scene.at(span.upperBound - 1))
    let isAnswered = if case .answered = fate { true } else { false }
    see(
      prober,
      .fates(
        run: FateRun(
          stream: StreamID(prober: prober), sequences: SequenceRange(first: first, last: last),
          fate: fate, first: begin, last: end,
          answered: isAnswered ? begin + .microseconds(100) : nil, isResuming: isResuming)))
  }

  /// The numbers of the probes that were sent in `span`.
  func sequences(_ span: Range<Int64>, of prober: NodeID = client) -> SequenceRange {
    let all = sent[prober] ?? []
    return SequenceRange(
      first: UInt32(all.firstIndex { $0 >= span.lowerBound } ?? 0),
      last: UInt32((all.lastIndex { $0 < span.upperBound } ?? 0)))
  }

  /// Those sent in `span` came in at a server at once.
  mutating func arrive(
    _ span: Range<Int64>, at server: NodeID, isHeld: Bool, of prober: NodeID = client,
    after: Int64 = 0
  ) {
    see(
      server,
      .arrivals(
        run: ArrivalRun(
          stream: StreamID(prober: prober), sequences: sequences(span, of: prober), isHeld: isHeld,
          destination: Scene.mac(server), first: Scene.at(span.lowerBound + after),
          last: Scene.at(span.upperBound - 1 + after))))
  }

  mutating func reflect(_ span: Range<Int64>, at server: NodeID, of prober: NodeID = client) {
    see(
      server,
      .reflected(
        run: ReflectionRun(
          stream: StreamID(prober: prober), sequences: sequences(span, of: prober))))
  }

  /// A neighbour entry for the VIP comes to name `holder`.
  mutating func entry(_ holder: NodeID?, _ at: Int64, at node: NodeID = client) {
    see(
      node,
      .neighbour(
        entry: NeighbourView(
          at: Scene.at(at), mac: holder.map(Scene.mac),
          state: holder == nil ? .incomplete : .reachable)))
  }

  /// Somebody's announcement comes in.
  mutating func announcement(_ of: NodeID, _ at: Int64, form: AnnouncementForm = .request) {
    see(Scene.client, .announcementSeen(of: Scene.mac(of), at: Scene.at(at), form: form))
  }

  /// Nobody has anything more to tell of what was before.
  mutating func upTo(_ at: Int64) {
    for member in roster.members { see(member.node, .upTo(at: Scene.at(at))) }
  }

  mutating func end(_ at: Int64, isInterrupted: Bool = false) {
    end = (Scene.at(at), isInterrupted)
  }
}

/// What is made of it.
extension Scene {
  /// Everything at once.
  func finished(_ clocks: ClockMap = ClockMap()) -> [TransitionLedger.Finished] {
    var ledger = told(clocks)
    return ledger.completed()
  }

  func records(_ clocks: ClockMap = ClockMap()) -> [TransitionRecord] {
    finished(clocks).map(\.record)
  }

  /// Where nothing more will come.
  func abandoned() -> [TransitionRecord] {
    var ledger = told()
    ledger.abandon()
    return ledger.completed().map(\.record)
  }

  /// A ledger that has judged all of it.
  func ledger() -> TransitionLedger {
    var ledger = told()
    _ = ledger.completed()
    return ledger
  }

  private func told(_ clocks: ClockMap = ClockMap()) -> TransitionLedger {
    var ledger = TransitionLedger(roster)
    ledger.clocks = clocks
    for disturbance in disturbances { ledger.disturb(disturbance) }
    for pause in pauses { ledger.pause(at: Scene.at(pause)) }
    if let end { ledger.end(at: end.at, isInterrupted: end.isInterrupted) }
    for (node, observation) in seen { ledger.take(observation, from: node) }
    return ledger
  }

  /// The same with the clock of one node ahead; the schedule's instants are the same for all.
  func ahead(_ node: NodeID, by span: TimeSpan) -> Scene {
    var scene = self
    scene.seen = seen.map { entry in
      guard entry.node == node else { return entry }
      return (node, entry.observation.ahead(by: span))
    }
    return scene
  }

  /// Of the only transition, or of the one with that index.
  func prober(_ name: String = "client", _ index: Int = 0) -> ProberRecord? {
    let records = records()
    return records.indices.contains(index)
      ? records[index].probers.first { $0.node == name } : nil
  }
}

extension Observation {
  /// As a server tells of it whose clock is ahead.
  fileprivate func ahead(by span: TimeSpan) -> Observation {
    switch self {
    case .claimed(let at, let due): return .claimed(at: at + span, due: due)
    case .announced(let at): return .announced(at: at + span)
    case .upTo(let at): return .upTo(at: at + span)
    case .arrivals(var run):
      run.first += span
      run.last += span
      return .arrivals(run: run)
    default: return self
    }
  }
}
