import Packets
import TopologyModel

/// Who gave the VIP up and who took it, and when.
struct Moves {
  let from: NodeID?
  let to: NodeID?
  let added: Timestamp?
  let removed: Timestamp?
  let announced: Timestamp?
  /// By how much the new holder's own agent was late.
  let lateness: TimeSpan?

  init(_ events: [TransitionLedger.Event], _ span: TransitionSpan, gap: TimeSpan) {
    let disturbance = span.disturbance
    let claims = events.compactMap { Claim($0) }.sorted { ($0.at, $0.node) < ($1.at, $1.node) }
    // A claim of a schedule belongs to the instant that it was due at, however late it came.
    let own = claims.filter { claim in
      let instant = claim.due ?? claim.at
      return span.disturbance.at <= instant && instant < span.closed
    }
    let taken = own.first { disturbance.to ?? $0.node == $0.node }
    let holder = claims.last { claim in
      (claim.due ?? claim.at) < disturbance.at
        && !events.contains { event in
          event.node == claim.node
            && event.release.map { claim.at < $0 && $0 < span.begin } ?? false
        }
    }?.node
    let old = holder ?? disturbance.from
    let new = disturbance.to ?? taken?.node
    from = old
    to = new
    added = taken?.at
    lateness = taken?.lateness
    removed =
      events.filter { $0.node == old }.compactMap(\.release)
      .filter { span.begin <= $0 && $0 < span.closed }.min()
    let since = taken?.at ?? disturbance.at
    announced =
      events.filter { event in
        guard event.node == new, case .announced(let instant) = event.observation else {
          return false
        }
        return since <= instant && instant < span.closed
      }.map(\.observation.at).min()
  }

  private struct Claim {
    let node: NodeID
    let at: Timestamp
    let due: Timestamp?
    let lateness: TimeSpan?

    init?(_ event: TransitionLedger.Event) {
      switch event.observation {
      case .claimed(let instant, let due):
        (node, at, self.due, lateness) = (event.node, instant, due, event.lateness)
      case .foreignClaim(let instant):
        (node, at, self.due, lateness) = (event.node, instant, nil, nil)
      default: return nil
      }
    }
  }
}
