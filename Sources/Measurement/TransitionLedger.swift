package import Packets
package import TopologyModel

/// Judges the transitions of one path: takes what all its nodes saw and what disturbed it, in
/// whatever order that comes, and gives transitions once all that bears on them is in. Pure: the
/// same observations and disturbances give the same records.
package struct TransitionLedger: Sendable {
  let roster: PathRoster
  /// What is to come and what ended, in the order of time.
  private var agenda: [Mark] = []
  /// Up to which instant each node has told everything.
  private var watermarks: [NodeID: Timestamp] = [:]
  var streams: [StreamID: StreamAccount] = [:]
  var events: [Event] = []
  private var nextIndex = 0
  /// When the latest transition or round that was judged ended.
  private var judged = Timestamp(nanoseconds: 0)
  /// The transitions that a foreign claim began are found once.
  private var foreignClaimsSeen = Timestamp(nanoseconds: 0)

  struct Event: Sendable {
    let node: NodeID
    let observation: Observation
  }

  private enum Mark: Sendable {
    case disturbance(Disturbance)
    /// A round is over: nothing after it belongs to a transition before it.
    case end(Timestamp, isInterrupted: Bool)

    var at: Timestamp {
      switch self {
      case .disturbance(let disturbance): disturbance.at
      case .end(let instant, _): instant
      }
    }
  }

  /// A probe that nobody answered may still come in at a server for so long.
  package static let replyTimeout = TimeSpan.seconds(1)

  package init(_ roster: PathRoster) {
    self.roster = roster
    for member in roster.members { watermarks[member.node] = Timestamp(nanoseconds: 0) }
    for prober in roster.probers {
      streams[StreamID(prober: prober.node)] = StreamAccount(interval: roster.interval)
    }
  }
}

/// What it takes.
extension TransitionLedger {
  package mutating func disturb(_ disturbance: Disturbance) {
    insert(.disturbance(disturbance))
  }

  /// The round ends at `instant`; what it was interrupted in too early for a verdict has none.
  package mutating func end(at instant: Timestamp, isInterrupted: Bool) {
    agenda.removeAll { $0.at >= instant }
    insert(.end(instant, isInterrupted: isInterrupted))
  }

  private mutating func insert(_ mark: Mark) {
    let place = agenda.lastIndex { $0.at <= mark.at }
    agenda.insert(mark, at: place.map { $0 + 1 } ?? 0)
  }

  package mutating func take(_ observation: Observation, from node: NodeID) {
    switch observation {
    case .upTo(let instant):
      watermarks[node] = max(watermarks[node] ?? instant, instant)
    case .fates(let run):
      streams[run.stream]?.take(run)
    case .arrivals(let run):
      streams[run.stream]?.take(run, at: node)
    case .reflected(let run):
      streams[run.stream]?.take(run, at: node)
    case .duplicated(let stream, let sent, let count):
      streams[stream]?.takeDuplicates(sent: sent, count: count)
    default:
      events.append(Event(node: node, observation: observation))
    }
  }

  /// Whether every transition it was told of is judged.
  package var isIdle: Bool { agenda.isEmpty }

  /// The instant up to which everything is known.
  package var frontier: Timestamp { watermarks.values.min() ?? .distantFuture }
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
      guard let step = advance(past: mark) else { return finished }
      if let transition = step.finished { finished.append(transition) }
    }
    return finished
  }

  /// `nil` while something that bears on it may still come.
  private mutating func advance(past mark: Mark) -> (finished: Finished?, Void)? {
    guard case .disturbance(let disturbance) = mark else {
      guard frontier >= mark.at else { return nil }
      insertObserved(before: mark.at)
      guard agenda[0].at == mark.at else { return (nil, ()) }
      agenda.removeFirst()
      judged = mark.at
      skipProbes(until: (mark.at, mark.at))
      return (nil, ())
    }
    guard agenda.count > 1, frontier >= agenda[1].at else { return nil }
    if insertObserved(before: agenda[1].at) { return (nil, ()) }
    let next = agenda[1]
    var span = TransitionSpan(
      disturbance: disturbance, begin: max(disturbance.at - roster.lead, judged), end: next.at,
      closed: next.at)
    if case .disturbance = next { span.end = max(next.at - roster.lead, disturbance.at) }
    guard frontier >= settled(span) else { return nil }
    agenda.removeFirst()
    skipProbes(until: (span.begin, disturbance.at))
    let finished = judge(span, index: nextIndex)
    judged = disturbance.at
    forget(before: span.end)
    if case .end(let instant, isInterrupted: true) = next,
      finished.record.claimed + roster.stuckAfter > instant
    {
      return (nil, ())
    }
    nextIndex += 1
    return (finished, ())
  }

  /// When the last of its probes that nobody answered could have come in at a server.
  private func settled(_ span: TransitionSpan) -> Timestamp {
    streams.values.reduce(span.closed) { latest, stream in
      let lost = stream.lastLost(before: span.closed)
      return max(latest, lost.map { $0 + TransitionLedger.replyTimeout } ?? latest)
    }
  }

  private mutating func skipProbes(until following: (begin: Timestamp, disturbance: Timestamp)) {
    for id in streams.keys { streams[id]?.skip(until: following) }
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
    events = zip(events, isKept).filter(\.1).map(\.0)
  }
}

/// Moves that nobody told of.
extension TransitionLedger {
  /// Whether a claim by somebody else before `limit` has begun a transition of its own.
  @discardableResult
  private mutating func insertObserved(before limit: Timestamp) -> Bool {
    let claims = events.compactMap { event -> (node: NodeID, at: Timestamp)? in
      guard case .foreignClaim(let instant) = event.observation else { return nil }
      return foreignClaimsSeen < instant && instant < limit ? (event.node, instant) : nil
    }
    guard let claim = claims.min(by: { ($0.at, $0.node) < ($1.at, $1.node) }) else { return false }
    foreignClaimsSeen = claim.at
    let current = agenda.last { $0.at <= claim.at }
    if case .disturbance(let disturbance) = current,
      disturbance.to ?? claim.node == claim.node,
      !isClaimed(since: disturbance.at, until: claim.at)
    {
      return insertObserved(before: limit)
    }
    let began = events.compactMap { event -> Timestamp? in
      guard case .foreignRelease(let instant) = event.observation else { return nil }
      return max(current?.at ?? judged, judged) < instant && instant < claim.at ? instant : nil
    }.max()
    insert(.disturbance(Disturbance(.observed, at: began ?? claim.at, to: claim.node)))
    return true
  }

  private func isClaimed(since: Timestamp, until: Timestamp) -> Bool {
    events.contains {
      switch $0.observation {
      case .claimed(let instant, _), .foreignClaim(let instant): since <= instant && instant < until
      default: false
      }
    }
  }
}

/// What belongs to a transition.
package struct TransitionSpan: Hashable, Sendable {
  package var disturbance: Disturbance
  /// Probes sent from here on belong to it, until the next one begins.
  package var begin: Timestamp
  package var end: Timestamp
  /// Probes sent from here on say nothing more of it: until the next disturbance, an outage that is
  /// not over goes on counting.
  package var closed: Timestamp
}

extension Observation {
  /// When it happened.
  var at: Timestamp {
    switch self {
    case .claimed(let instant, _), .released(let instant), .refused(_, let instant, _),
      .announced(let instant), .foreignClaim(let instant), .foreignRelease(let instant),
      .announcementSeen(_, let instant), .linkDown(let instant), .pinged(_, let instant),
      .blurred(let instant, _), .upTo(let instant), .duplicated(_, let instant, _):
      instant
    case .neighbour(let entry): entry.at
    case .fault(_, let since, _): since
    case .fates(let run): run.first
    case .arrivals(let run): run.first
    case .reflected: Timestamp(nanoseconds: 0)
    }
  }

  /// When it was over.
  var until: Timestamp {
    if case .fault(_, _, let instant) = self { return instant }
    return at
  }
}

extension TransitionLedger.Event {
  /// Of those with one key the latest stays true until the next.
  fileprivate var key: String? {
    switch observation {
    case .neighbour: "entry of \(node.rawValue)"
    case .claimed, .foreignClaim: "holder"
    default: nil
    }
  }
}
