import Packets
import TopologyModel

/// Moves that nobody told of.
extension TransitionLedger {
  /// Whether a claim by somebody else before `limit`, or a holder that lost the VIP to somebody else,
  /// has begun a transition of its own.
  mutating func insertObserved(before limit: Timestamp) -> Bool {
    let unseen = events.filter { event in
      let instant = event.observation.at
      return event.observation.isForeign && foreignUntil < instant && instant < limit
    }.sorted { ($0.observation.at, $0.node) < ($1.observation.at, $1.node) }
    for event in unseen {
      foreignUntil = event.observation.at
      guard let disturbance = disturbance(by: event) else { continue }
      insert(.disturbance(disturbance))
      return true
    }
    return false
  }

  /// `nil` for a claim that the transition under way was waiting for, and where one that was not the
  /// holder gives the VIP up.
  private func disturbance(by event: Event) -> Disturbance? {
    let instant = event.observation.at
    // Daemons agree on a holder before anything breaks.
    if !isDisturbed, case .disturbance(let first) = agenda.first, first.kind.isOfFaults,
      instant < first.at
    {
      return nil
    }
    if case .foreignRelease = event.observation {
      if let current = current(at: instant), current.kind.isOfFaults,
        brief.contains(current.at) || !isMoved(since: current.at, until: instant)
      {
        return nil
      }
      // The command of a turn, which somebody else runs.
      if let current = current(at: instant), current.from == event.node { return nil }
      let holder = events.filter { $0.claim.map { $0 < instant } ?? false }
        .max { ($0.observation.at, $0.node) < ($1.observation.at, $1.node) }?.node
      return holder == event.node ? Disturbance(.observed, at: instant, from: event.node) : nil
    }
    if let current = current(at: instant), current.isOfPartedServers { return nil }
    if let current = current(at: instant), current.to ?? event.node == event.node,
      brief.contains(current.at) || !isClaimed(since: current.at, until: instant),
      !current.kind.isOfFaults || instant < current.at + roster.patience
    {
      return nil
    }
    // The first of a round is what it begins with.
    guard
      finder != nil || isDisturbed || current(at: instant) != nil
        || isClaimed(since: judged, until: instant)
    else { return nil }
    return Disturbance(.observed, at: instant, to: event.node)
  }

  /// The latest disturbance by then, of those that are not judged.
  private func current(at instant: Timestamp) -> Disturbance? {
    guard case .disturbance(let current) = agenda.last(where: { $0.at <= instant }) else {
      return nil
    }
    return current
  }

  /// Whether anybody took the VIP, or its holder gave it up.
  func isMoved(since: Timestamp, until: Timestamp) -> Bool {
    let holder = events.filter { $0.claim.map { $0 < since } ?? false }
      .max { ($0.observation.at, $0.node) < ($1.observation.at, $1.node) }?.node
    return events.contains { event in
      let isMove = event.claim != nil || event.release != nil && event.node == holder
      return isMove && since <= event.observation.at && event.observation.at < until
    }
  }

  func isClaimed(since: Timestamp, until: Timestamp) -> Bool {
    events.contains { $0.claim.map { since <= $0 && $0 < until } ?? false }
  }
}

extension Observation {
  /// Whether another program moved the VIP.
  fileprivate var isForeign: Bool {
    switch self {
    case .foreignClaim, .foreignRelease: true
    default: false
    }
  }
}
