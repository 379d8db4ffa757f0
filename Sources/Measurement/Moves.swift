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
  /// When it broke, by the word of the node itself; `nil` where nothing did.
  let broken: Timestamp?
  /// Whether what broke was whole again before anybody noticed: it stays where it was.
  let isUnmoved: Bool
  /// For how long in the transition more than one server had the VIP, and none.
  let heldByTwo: TimeSpan
  let heldByNone: TimeSpan

  /// After a `brief` fault two may take it, who was broken and who noticed, and among servers that do not hear
  /// each other everyone does: it is then with the latest of them.
  init(
    _ events: [TransitionLedger.Event], _ span: TransitionSpan, gap: TimeSpan, isBrief: Bool = false
  ) {
    let disturbance = span.disturbance
    let claims = events.compactMap { Claim($0) }.sorted { ($0.at, $0.node) < ($1.at, $1.node) }
    // A claim of a schedule belongs to the instant that it was due at, however late it came.
    let own = claims.filter { claim in
      let instant = claim.due ?? claim.at
      return span.disturbance.at <= instant && instant < span.closed
    }
    let taken =
      if isBrief {
        own.last
      } else if disturbance.isOfPartedServers {
        own.last { $0.node != disturbance.from }
      } else {
        own.first { disturbance.to ?? $0.node == $0.node }
      }
    let holder = claims.last { claim in
      (claim.due ?? claim.at) < disturbance.at
        && !events.contains { event in
          event.node == claim.node
            && event.release.map { claim.at < $0 && $0 < span.begin } ?? false
        }
    }?.node
    // What broke is known, whoever else has the VIP.
    let old = disturbance.kind == .fault ? disturbance.from ?? holder : holder ?? disturbance.from
    let removed =
      events.filter { $0.node == old }.compactMap(\.release)
      .filter { span.begin <= $0 && $0 < span.closed }.min()
    broken =
      events.compactMap { event -> Timestamp? in
        guard case .broken(_, let instant, disturbance.at) = event.observation else { return nil }
        return instant
      }.first
    let holdings = Holding.all(events)
    // One that had it all along: a holder that stood still, and gets back what another took meanwhile. Of
    // several it is the one that keeps it.
    let kept = holdings.filter { holding in
      let instant = disturbance.to == nil ? removed : disturbance.at
      return holding.node != old && disturbance.to ?? holding.node == holding.node
        && instant.map { holding.from < $0 && $0 < holding.to } ?? false
    }.max { ($0.to, $0.from) < ($1.to, $1.from) }
    isUnmoved =
      disturbance.kind == .fault && removed == nil && taken == nil && kept == nil && old != nil
    let new = isUnmoved ? old : disturbance.to ?? taken?.node ?? kept?.node
    (from, to) = (old, new)
    self.removed = removed
    lateness = taken?.lateness
    (heldByTwo, heldByNone) = Holding.shares(of: holdings, from: disturbance.at, to: span.closed)
    // Another program may be heard before the kernel has told what it did.
    let isHeardFirst = (disturbance.kind.isOfFaults || taken != nil) && taken?.due == nil
    let since =
      isHeardFirst
      ? max(disturbance.at, (taken?.at ?? disturbance.at) - Moves.longestNews)
      : taken?.at ?? disturbance.at
    let announced =
      events.filter { event in
        guard event.node == new, case .announced(let instant) = event.observation else {
          return false
        }
        return since <= instant && instant < span.closed
      }.map(\.observation.at).min()
    self.announced = isUnmoved ? nil : announced
    let added = taken?.at ?? kept?.from
    self.added = isHeardFirst ? [added, self.announced].compactMap(\.self).min() : added
  }

  /// Within it the kernel's news are taken in, or its node is blamed for standing still.
  private static let longestNews = TimeSpan.milliseconds(50)

  /// When a server had the VIP.
  private struct Holding {
    let node: NodeID
    let from: Timestamp
    /// `distantFuture` while it has it.
    let to: Timestamp

    static func all(_ events: [TransitionLedger.Event]) -> [Holding] {
      let changes = events.filter { $0.claim != nil || $0.release != nil }
        .sorted { $0.observation.at < $1.observation.at }
      return changes.enumerated().compactMap { index, change in
        guard let from = change.claim else { return nil }
        let next = changes[(index + 1)...].first { $0.node == change.node }
        return Holding(
          node: change.node, from: from, to: next.map(\.observation.at) ?? .distantFuture)
      }.sorted { ($0.from, $0.node) < ($1.from, $1.node) }
    }

    static func shares(
      of holdings: [Holding], from begin: Timestamp, to end: Timestamp
    ) -> (two: TimeSpan, none: TimeSpan) {
      let bounds = holdings.flatMap { [$0.from, $0.to] }.filter { begin < $0 && $0 < end }
      let instants = ([begin, end] + bounds).sorted()
      var shares = (two: TimeSpan.zero, none: TimeSpan.zero)
      for (from, to) in zip(instants, instants.dropFirst()) where from < to {
        let count = Set(
          holdings.filter { $0.from <= from && to <= $0.to }.map(\.node)
        ).count
        if count > 1 { shares.two += to - from }
        if count == 0 { shares.none += to - from }
      }
      return shares
    }
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
