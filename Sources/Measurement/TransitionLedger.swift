package import Packets
package import TopologyModel

/// Judges the transitions of one path: takes what all its nodes saw and what disturbed it, in
/// whatever order that comes, and gives transitions once all that bears on them is in. Pure: the
/// same observations and disturbances give the same records.
package struct TransitionLedger: Sendable {
  let roster: PathRoster
  /// The nodes' clocks against the controller's, by which everything is judged.
  package var clocks = ClockMap()
  /// What is to come and what ended, in the order of time.
  var agenda: [Mark] = []
  /// Up to which instant each node has told everything.
  private var watermarks: [NodeID: Timestamp] = [:]
  /// When nothing was heard of a node.
  private var absences: [NodeID: [Absence]] = [:]
  var streams: [StreamID: StreamAccount] = [:]
  var events: [Event] = []
  private var nextIndex = 0
  /// When the latest transition or round that was judged ended.
  private(set) var judged = Timestamp(nanoseconds: 0)
  /// Whether anything has disturbed the round yet.
  var isDisturbed = false
  /// The faults that were over before another had taken the VIP.
  private(set) var brief: Set<Timestamp> = []
  /// Faults that moved nothing and cut nobody off.
  package private(set) var unfelt = 0
  /// Moves by somebody else are looked at once, up to here.
  var foreignUntil = Timestamp(nanoseconds: 0)
  /// Whether what is still missing will not come.
  private(set) var isAbandoned = false
  /// Of a path that is watched from outside.
  var finder: OutageFinder?
  /// Who answered on it.
  var responders: [NodeID: Responder] = [:]
  /// Probes that belong to no transition.
  private var skipped = ProbeCount()
  /// Those of them that were sent before anybody had answered.
  package private(set) var unheard = ProbeCount()
  /// How long a host that watches the VIP held it itself, and since when it does.
  private var ownHolding = (span: TimeSpan.zero, since: Timestamp?.none)

  private struct Absence: Sendable {
    /// How far it had told everything.
    let since: Timestamp
    /// `distantFuture` while it lasts.
    var until = Timestamp.distantFuture
  }

  enum Mark: Sendable {
    case disturbance(Disturbance)
    /// Nothing after it belongs to a transition before it.
    case pause(Timestamp)
    /// The same, and a round is over.
    case end(Timestamp, isInterrupted: Bool)

    var at: Timestamp {
      switch self {
      case .disturbance(let disturbance): disturbance.at
      case .pause(let instant), .end(let instant, _): instant
      }
    }
  }

  /// A probe that nobody answered may still come in at a server for so long.
  package static let replyTimeout = TimeSpan.seconds(1)

  package init(_ roster: PathRoster) {
    self.roster = roster
    finder = roster.outside.map { _ in OutageFinder() }
    for member in roster.members { watermarks[member.node] = Timestamp(nanoseconds: 0) }
    for prober in roster.probers {
      streams[StreamID(prober: prober.node)] = StreamAccount(
        interval: roster.interval, isNumberedByPorts: roster.probe?.connects ?? false)
    }
  }
}

/// What it takes.
extension TransitionLedger {
  package mutating func disturb(_ disturbance: Disturbance) {
    insert(.disturbance(disturbance))
  }

  /// What comes is asked for by somebody, and may be long in coming: what has come is judged.
  package mutating func pause(at instant: Timestamp) { insert(.pause(instant)) }

  /// The round ends at `instant`; what it was interrupted in too early for a verdict has none.
  package mutating func end(at instant: Timestamp, isInterrupted: Bool) {
    agenda.removeAll { $0.at >= instant }
    insert(.end(instant, isInterrupted: isInterrupted))
  }

  /// A node tells nothing more: transitions that it had part in from what it told last on are void, and
  /// the others are judged without it.
  package mutating func lose(_ node: NodeID) {
    guard let told = watermarks.removeValue(forKey: node) else { return }
    absences[node, default: []].append(Absence(since: told))
    // The clock of a machine that was started anew is another.
    clocks.forget(node)
  }

  /// A node that was lost was set up anew, and takes part again from `instant` on.
  package mutating func rejoin(_ node: NodeID, at instant: Timestamp) {
    guard let all = absences[node], isAway(node) else { return }
    absences[node]?[all.count - 1].until = instant
    watermarks[node] = instant
  }

  private func isAway(_ node: NodeID) -> Bool { absences[node]?.last?.until == .distantFuture }

  /// Whether what a node saw of a transition is missing.
  func isLost(_ node: NodeID, in span: TransitionSpan) -> Bool {
    absences[node, default: []].contains { $0.since < span.closed && span.begin <= $0.until }
  }

  /// Some nodes will tell nothing more: what is not judged is so without them, and void.
  package mutating func abandon() { isAbandoned = true }

  private mutating func insert(_ found: OutageFinder.Found) {
    insert(.disturbance(found.disturbance))
    insert(.end(found.end, isInterrupted: false))
  }

  /// What comes before an announcement may bear on a transition that it begins.
  private static let memory = TimeSpan.seconds(2)

  /// On a path that is watched from outside, passes over the time in which nothing happened.
  private mutating func passCalm() {
    guard let finder else { return }
    let calm = finder.settled(frontier) - TransitionLedger.memory
    guard agenda.first.map({ $0.at > calm }) ?? true, calm - judged >= TransitionLedger.memory
    else { return }
    insert(.end(calm, isInterrupted: false))
  }

  mutating func insert(_ mark: Mark) {
    let place = agenda.lastIndex { $0.at <= mark.at }
    agenda.insert(mark, at: place.map { $0 + 1 } ?? 0)
  }

  package mutating func take(_ told: Observation, from node: NodeID) {
    clocks.use(node)
    if case .clocked(let other, let exchange) = told {
      return clocks.record(node, with: other, exchange)
    }
    let observation = told.mapInstants { clocks.controllerTime($0, of: node) }
    switch observation {
    case .upTo(let instant):
      guard !isAway(node) else { return }
      watermarks[node] = max(watermarks[node] ?? instant, instant)
      passCalm()
    case .fates(let run):
      streams[run.stream]?.take(run, isMerged: finder != nil)
      if let found = finder?.take(run) { insert(found) }
      if !run.isAnswered, let finder, finder.heard.map({ run.first < $0 }) ?? true {
        unheard.record(run)
      }
    case .identified(let responder, let identity, _):
      responders[responder] = identity
    // One that watches and is given the address itself has nothing to tell of others for a while.
    case .foreignClaim(let instant) where finder != nil:
      if let found = finder?.end(at: instant) { insert(found) }
      ownHolding.since = ownHolding.since ?? instant
    case .foreignRelease(let instant) where finder != nil:
      ownHolding.span = ownHolding.span + (ownHolding.since.map { instant - $0 } ?? .zero)
      ownHolding.since = nil
    case .arrivals(let run):
      streams[run.stream]?.take(run, at: node)
    case .reflected(let run):
      streams[run.stream]?.take(run, at: node)
    // More come of no network.
    case .duplicated(let stream, let sent, let count) where (0...1_000_000).contains(count):
      streams[stream]?.takeDuplicates(sent: sent, count: count)
    // It tells nothing of the path.
    case .foreign: break
    default:
      var lateness: TimeSpan?
      switch observation {
      case .claimed(let instant, let due), .broken(_, let instant, let due),
        .mended(_, let instant, let due):
        lateness = instant - due
      default: break
      }
      events.append(Event(node: node, observation: observation, lateness: lateness))
    }
  }

  /// Whether every transition it was told of is judged.
  package var isIdle: Bool { agenda.isEmpty }

  /// The nodes that have not told everything up to where the next transition, or the round, ends.
  package var behind: [NodeID] {
    guard let mark = agenda.dropFirst().first ?? agenda.first else { return [] }
    return watermarks.filter { $0.value < mark.at }.map(\.key).sorted()
  }

  /// On a path that is watched from outside, since when nobody answers, and who did before.
  package var outage: (since: Timestamp, before: String)? {
    finder?.outage.map { ($0.since, name(of: $0.from)) }
  }

  /// Who answered the probes of a run; `nil` where nobody did in time.
  package func author(of run: FateRun) -> String? {
    if case .answered(let node) = run.fate { return name(of: node) }
    return nil
  }

  /// Probes that belong to no transition, but for those before the first answer.
  package var aside: ProbeCount { skipped - unheard }

  /// How long a host that watches the VIP held it itself.
  package func heldItself(until now: Timestamp) -> TimeSpan {
    ownHolding.span + (ownHolding.since.map { max(.zero, now - $0) } ?? .zero)
  }

  /// Who answered first, and when; `nil` while nobody has.
  package var firstAnswer: (by: String, at: Timestamp)? {
    guard let heard = finder?.heard else { return nil }
    return (responders.min { $0.key < $1.key }.map { "\($0.value)" } ?? "somebody", heard)
  }

  /// The instant up to which everything is known; while nobody is there, up to where somebody was.
  package var frontier: Timestamp {
    watermarks.values.min() ?? absences.values.compactMap { $0.last?.since }.max()
      ?? .distantFuture
  }
}

/// What it gives.
extension TransitionLedger {
  /// A transition that is over.
  package struct Finished: Sendable {
    package var record: TransitionRecord
    package var span: TransitionSpan
  }

  /// The transitions that have become complete, in their order.
  package mutating func completed() -> [Finished] {
    var finished: [Finished] = []
    while let mark = agenda.first {
      switch advance(past: mark) {
      case .waiting: return finished
      case .passed: break
      case .finished(let transition): finished.append(transition)
      }
    }
    isAbandoned = false
    return finished
  }

  private enum Step {
    /// Something that bears on it may still come.
    case waiting
    case passed
    case finished(Finished)
  }

  private mutating func advance(past mark: Mark) -> Step {
    switch mark {
    case .pause(let instant): pass(pauseAt: instant)
    case .end(let instant, _): pass(endAt: instant)
    case .disturbance(let disturbance): pass(disturbance)
    }
  }

  private mutating func pass(pauseAt instant: Timestamp) -> Step {
    guard isKnown(instant) else { return .waiting }
    if insertObserved(before: instant) { return .passed }
    agenda.removeFirst()
    judged = instant
    skipProbes(until: (instant, instant))
    forget(before: instant)
    return .passed
  }

  private mutating func pass(endAt instant: Timestamp) -> Step {
    guard isKnown(instant) else { return .waiting }
    if insertObserved(before: instant) { return .passed }
    if let found = finder?.end(at: instant) {
      insert(.disturbance(found.disturbance))
      return .passed
    }
    agenda.removeFirst()
    judged = instant
    isDisturbed = false
    skipProbes(until: (instant, instant))
    if finder == nil {
      // What agents do as they come to rest is told by nobody.
      events.removeAll { $0.observation.at < instant && $0.isOfRound }
    } else {
      forget(before: instant)
    }
    return .passed
  }

  private mutating func pass(_ disturbance: Disturbance) -> Step {
    guard agenda.count > 1, isKnown(agenda[1].at) else { return .waiting }
    // What is whole again before another has taken the VIP ends nothing.
    if disturbance.kind == .fault, case .disturbance(let end) = agenda[1], end.kind == .recovery,
      !isClaimed(since: disturbance.at, until: end.at)
    {
      agenda.remove(at: 1)
      brief.insert(disturbance.at)
      return .passed
    }
    if insertObserved(before: agenda[1].at) { return .passed }
    let next = agenda[1]
    var span = TransitionSpan(
      disturbance: disturbance, begin: max(disturbance.at - roster.lead, judged), end: next.at,
      closed: next.at)
    if case .disturbance = next { span.end = max(next.at - roster.lead, disturbance.at) }
    guard isKnown(settled(span)) else { return .waiting }
    agenda.removeFirst()
    defer { brief.remove(disturbance.at) }
    isDisturbed = true
    let isUnmoved =
      disturbance.kind.isOfFaults && !isMoved(since: disturbance.at, until: next.at)
    if isUnmoved, disturbance.kind == .recovery { return .passed }
    skipProbes(until: (span.begin, disturbance.at))
    let finished = judge(span, index: nextIndex)
    judged = disturbance.at
    forget(before: span.end)
    // Nobody noticed: neither the daemons nor the clients.
    if isUnmoved, !finished.record.isSlow {
      if finished.record.voidReason == nil { unfelt += 1 }
      return .passed
    }
    if case .end(let instant, isInterrupted: true) = next, finder == nil,
      finished.record.claimed + roster.stuckAfter > instant
    {
      return .passed
    }
    nextIndex += 1
    return .finished(finished)
  }

  private func isKnown(_ instant: Timestamp) -> Bool { isAbandoned || frontier >= instant }

  /// When the last of its probes that nobody answered could have come in at a server.
  private func settled(_ span: TransitionSpan) -> Timestamp {
    streams.values.reduce(span.closed) { latest, stream in
      let lost = stream.lastLost(before: span.closed)
      return max(latest, lost.map { $0 + TransitionLedger.replyTimeout } ?? latest)
    }
  }

  private mutating func skipProbes(until following: (begin: Timestamp, disturbance: Timestamp)) {
    for id in streams.keys { streams[id]?.skip(until: following, into: &skipped) }
  }

  /// What happened before is of no more use, but for each node's latest entry, and the holder.
  private mutating func forget(before instant: Timestamp) {
    var isKept = Array(repeating: true, count: events.count)
    var latest: [String: Int] = [:]
    for (index, event) in events.enumerated() where event.observation.until < instant {
      isKept[index] = false
      guard let key = event.key else { continue }
      let other = latest[key]
      if other.map({ events[$0].observation.at <= event.observation.at }) ?? true {
        latest[key] = index
      }
    }
    for index in latest.values { isKept[index] = true }
    for node in absences.keys { absences[node]?.removeAll { $0.until < instant } }
    events = zip(events, isKept).filter(\.1).map(\.0)
  }
}
