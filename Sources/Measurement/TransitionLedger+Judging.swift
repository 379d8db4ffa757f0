import Packets
package import TopologyModel

/// From what was observed to what is said of one transition.
extension TransitionLedger {
  mutating func judge(_ span: TransitionSpan, index: Int) -> Finished {
    let moves = Moves(
      events, span, gap: roster.gap, isBrief: brief.contains(span.disturbance.at))
    let seen = SpanEvents(events, span)
    let new = moves.to.flatMap(mac(of:))
    // One list for all probers: of many nodes each hears the same announcements.
    let heard = new.map { new in
      seen.all.filter { $0.observation.isHearing(of: new) }.map(\.observation.at)
    }
    var windows: [NodeID: ProberWindow] = [:]
    for prober in roster.probers {
      var window = window(of: prober, span, moves, seen)
      window.heard = heard ?? []
      streams[StreamID(prober: prober.node)]?.fold(
        into: &window, until: (span.end, span.closed))
      forgetArrival(&window, span, at: moves.to, isUnmoved: moves.isUnmoved)
      windows[prober.node] = window
    }
    let isPausePassedOver = passOverPauses(&windows, span)
    let partsServers = span.disturbance.fault?.partsServers ?? false
    // Who is without a carrier hears nobody, whoever has the VIP.
    let cutsOff =
      span.disturbance.kind == .fault && (span.disturbance.fault?.cutsOff ?? false)
    let probers = roster.probers.filter {
      $0.node != moves.to && windows[$0.node]?.sent ?? 0 > 0 && !isLost($0.node, in: span)
        && !(partsServers && $0.role == .server)
        && !(cutsOff && $0.node == moves.from)
    }
    let reason = voidReason(
      span, moves, probers.compactMap { prober in windows[prober.node].map { (prober.node, $0) } },
      isPausePassedOver: isPausePassedOver)
    var transition = TransitionRecord(
      index: index, disturbance: span.disturbance.kind,
      from: moves.from.map(name) ?? "", to: moves.to.map(name) ?? "",
      scheduled: span.disturbance.at, addressAdded: moves.added, addressRemoved: moves.removed,
      announced: moves.announced, voidReason: reason,
      probers: probers.map { prober in
        record(
          of: prober, windows[prober.node] ?? ProberWindow(newHolder: nil), span, moves, seen,
          reason)
      })
    explainFault(&transition, span, moves)
    return Finished(record: transition, span: span)
  }

  /// What an outage after a fault is made of. A figure of two nodes that is shorter than what is known of
  /// their clocks is none.
  private func explainFault(
    _ record: inout TransitionRecord, _ span: TransitionSpan, _ moves: Moves
  ) {
    guard span.disturbance.kind.isOfFaults else { return }
    record.fault = span.disturbance.fault
    (record.heldByTwo, record.heldByNone) = (moves.heldByTwo, moves.heldByNone)
    // Who has it back himself was noticed by nobody else.
    guard let to = moves.to, to != moves.from, let added = moves.added, added > span.disturbance.at
    else { return }
    func known(_ figure: TimeSpan, from node: NodeID) -> TimeSpan? {
      clocks.bound(between: node, and: to, at: added) > max(.zero, figure)
        ? nil : max(.zero, figure)
    }
    if span.disturbance.kind == .fault, let from = span.disturbance.from {
      record.detection = known(added - (moves.broken ?? span.disturbance.at), from: from)
    }
    let answered = roster.probers.compactMap { prober in
      record.probers.first { $0.node == prober.name }?.firstReply.map { (prober.node, $0) }
    }.max { $0.1 < $1.1 }
    record.move = answered.flatMap { known($0.1 - added, from: $0.0) }
  }

  /// A takeover shorter than what is known of the new holder's clock is none.
  private func forgetArrival(
    _ window: inout ProberWindow, _ span: TransitionSpan, at holder: NodeID?, isUnmoved: Bool
  ) {
    // It was with him all along.
    if isUnmoved { window.firstArrival = nil }
    guard let holder, let arrival = window.firstArrival,
      clocks.bound(of: holder, at: arrival) > max(.zero, arrival - span.disturbance.at)
    else { return }
    window.firstArrival = nil
  }

  private func window(
    of prober: PathRoster.Member, _ span: TransitionSpan, _ moves: Moves, _ seen: SpanEvents
  ) -> ProberWindow {
    var window = ProberWindow(newHolder: moves.to)
    let isKept = span.disturbance.kind.isOfFaults
    window.taken = moves.added.map { isKept ? max($0, span.disturbance.at) : $0 }
    window.entries = seen.entries(of: prober.decider)
    if finder != nil { window.since = span.disturbance.at }
    let earliest = span.disturbance.at - early(prober, moves.to, span)
    let new = moves.to.flatMap(mac(of:))
    for event in seen.bearing(on: prober) where earliest <= event.observation.at {
      switch event.observation {
      case .announcementSeen(let mac, let instant, _)
      where event.node == prober.decider && mac == new:
        window.announcementSeen = window.announcementSeen ?? instant
      case .pinged(let server, let instant)
      where event.node == prober.node && roster.server(server)?.node == moves.to
        && span.disturbance.at <= instant:
        window.healed = window.healed ?? instant
      default: break
      }
    }
    window.stuckDeadline = stuckDeadline(span, moves, seen: window.announcementSeen)
    return window
  }

  /// `stuckAfter` after the first announcement or, should there be none by then, after the instant
  /// at which it was due; seen from outside, after the first one that was seen.
  private func stuckDeadline(
    _ span: TransitionSpan, _ moves: Moves, seen: Timestamp?
  ) -> Timestamp {
    if finder != nil { return seen.map { $0 + roster.stuckAfter } ?? .distantFuture }
    if span.disturbance.kind.isOfFaults {
      // How long it takes to notice is no matter of the network.
      let known = [moves.announced, moves.added, moves.removed].compactMap { $0 }
      return max(known.max() ?? span.disturbance.at, span.disturbance.at) + roster.stuckAfter
    }
    let due = span.disturbance.at + roster.gap + roster.stuckAfter
    guard let announced = moves.announced, announced <= due else { return due }
    return announced + roster.stuckAfter
  }
}

/// One prober's part.
extension TransitionLedger {
  private func record(
    of prober: PathRoster.Member, _ window: ProberWindow, _ span: TransitionSpan, _ moves: Moves,
    _ seen: SpanEvents, _ voidReason: String?
  ) -> ProberRecord {
    var record = ProberRecord(
      node: prober.name, decider: prober.gateway.map(roster.name), window: window,
      interval: roster.interval, scheduled: span.disturbance.at,
      verdict: verdict(window, moves, voidReason),
      evidence: evidence(of: prober, window, span, seen),
      finding: voidReason == nil ? finding(of: prober, window, span, moves, seen) : nil,
      announcement: moves.to.flatMap(mac(of:)).flatMap { window.response(announcing: $0) },
      name: name)
    let instant = moves.announced ?? span.disturbance.at
    let doubt = moves.to.map { clocks.bound(between: prober.decider, and: $0, at: instant) }
    record.clockBound = doubt.flatMap { $0 > .zero ? $0 : nil }
    return record
  }

  /// By how much what came of a move may seem to come before it: the new holder moves by its clock, and
  /// the other tells of it by its own.
  private func early(
    _ prober: PathRoster.Member, _ holder: NodeID?, _ span: TransitionSpan
  ) -> TimeSpan {
    [prober.decider, holder].compactMap { $0 }
      .map { clocks.bound(of: $0, at: span.disturbance.at) }.reduce(.zero) { $0 + $1 }
  }

  /// What a node is called, or whoever answered.
  package func name(of node: NodeID) -> String {
    responders[node].map { "\($0)" } ?? roster.name(of: node)
  }

  private func mac(of node: NodeID) -> MACAddress? {
    responders[node]?.mac ?? roster.member(node)?.mac
  }

  /// One in which nobody took the VIP, or in which not one probe was answered, is never good.
  private func verdict(_ window: ProberWindow, _ moves: Moves, _ voidReason: String?) -> Verdict {
    if voidReason != nil { return .void }
    let isTaken = finder == nil ? moves.added != nil : moves.to != nil
    let isHeld = isTaken || moves.isUnmoved
    return window.isStuck || window.isAllLost || !isHeld ? .stuck : .good
  }

  private func finding(
    of prober: PathRoster.Member, _ window: ProberWindow, _ span: TransitionSpan, _ moves: Moves,
    _ seen: SpanEvents
  ) -> CauseFinding? {
    if let view = roster.outside {
      return OutsideFacts(
        vip: roster.vip, view: view, begin: span.disturbance.at,
        old: moves.from.flatMap { responders[$0] } ?? .unknown,
        new: moves.to.flatMap { responders[$0] }, announcements: announcements(in: seen),
        contest: seen.all.lazy.compactMap { event in
          guard case .contested(_, let one, let other) = event.observation else { return nil }
          return (name(of: one), name(of: other))
        }.first,
        linkDown: seen.all.first { $0.isLinkDown }?.observation.at, window: window,
        interval: roster.interval, isSentAgain: roster.probe?.connects ?? false
      ).finding()
    }
    guard let old = moves.from.flatMap(roster.member) else { return nil }
    guard let new = moves.to.flatMap(roster.member) else {
      let what =
        span.disturbance.fault.map {
          "\(old.name) no longer had \(roster.vip) after its \($0.rawValue)"
        }
        ?? "\(old.name) lost \(roster.vip) to somebody else"
      return CauseFinding(.noHolder, "\(what), and nobody took it")
    }
    return CauseFacts(
      prober: prober.name, decider: roster.name(of: prober.decider), recovery: prober.recovery,
      vip: roster.vip, old: CauseFacts.Server(old), new: CauseFacts.Server(new),
      servers: roster.servers.map { CauseFacts.Server($0) }, scheduled: span.disturbance.at,
      addressAdded: moves.added.map { max($0, span.begin) }, addressRemoved: moves.removed,
      announced: moves.announced, window: window, interval: roster.interval,
      fault: span.disturbance.kind == .fault ? span.disturbance.fault : nil,
      refusal: moves.to.flatMap { refusal(in: seen[$0]) }
    ).finding()
  }

  /// Why the new holder could not take the VIP.
  private func refusal(in events: [Event]) -> String? {
    events.lazy.compactMap {
      if case .refused(_, _, let reason) = $0.observation { reason } else { nil }
    }
    .first
  }

  private func evidence(
    of prober: PathRoster.Member, _ window: ProberWindow, _ span: TransitionSpan,
    _ seen: SpanEvents
  ) -> [Evidence] {
    var found = seen.bearing(on: prober).compactMap { event in
      text(of: event, for: prober).map { Evidence(at: event.observation.at, event: $0) }
    }
    found += remarks(in: seen[prober.node])
    if finder != nil {
      found += AnnouncementSeries.all(announcements(in: seen)).map {
        Evidence(at: $0.first, event: $0.words(of: roster.vip, since: span.disturbance.at))
      }
    }
    if let (server, destination, last) = window.lastMisdirected {
      found.append(
        Evidence(
          at: last,
          event: "last of \(window.misdirected) lost probes captured at "
            + "\(roster.name(of: server)), sent to its MAC address \(destination)"))
    }
    return found.sorted { $0.at < $1.at }
  }

  private func text(of event: Event, for prober: PathRoster.Member) -> String? {
    switch event.observation {
    case .pinged(let server, _) where event.node == prober.node:
      return "pinged \(roster.server(server)?.name ?? "a server")'s own address"
    case .neighbour(let entry) where event.node == prober.decider:
      let address = roster.outside?.gateway ?? roster.vip
      return prefix(prober) + "neighbour \(address) \(entry.words)"
    case .linkDown where event.node == prober.decider:
      return prefix(prober) + "link down"
    case .contested(_, let one, let other) where event.node == prober.node:
      return "one probe was answered by \(name(of: one)) and by \(name(of: other))"
    case .refused(let deed, _, let reason):
      return "\(roster.name(of: event.node)) could not \(deed) \(roster.vip): \(reason)"
    case .blurred(_, let reason) where event.node == prober.decider:
      return prefix(prober) + reason
    default:
      return nil
    }
  }

  /// How its probes fared, the same once.
  private func remarks(in events: [Event]) -> [Evidence] {
    var found: [(at: Timestamp, what: String, times: Int)] = []
    for event in events {
      guard case .remarked(let instant, let what, let times) = event.observation else { continue }
      if let index = found.firstIndex(where: { $0.what == what }) {
        found[index].times += times
      } else {
        found.append((instant, what, times))
      }
    }
    return found.map {
      Evidence(at: $0.at, event: $0.times == 1 ? $0.what : "\($0.what), \($0.times) times")
    }
  }

  private func announcements(in seen: SpanEvents) -> [SeenAnnouncement] {
    seen.all.compactMap {
      guard case .announcementSeen(let mac, let instant, let form) = $0.observation else {
        return nil
      }
      return SeenAnnouncement(mac: mac, at: instant, form: form)
    }
  }

  private func prefix(_ prober: PathRoster.Member) -> String {
    prober.gateway.map { "\(roster.name(of: $0)): " } ?? ""
  }
}

extension CauseFacts.Server {
  fileprivate init(_ member: PathRoster.Member) { self.init(name: member.name, mac: member.mac) }
}

extension TransitionLedger.Event {
  fileprivate var isLinkDown: Bool {
    if case .linkDown = observation { return true }
    return false
  }
}

extension NeighbourView {
  fileprivate var words: String {
    guard let state else { return "removed" }
    return mac.map { "lladdr \($0) \(state.rawValue)" } ?? state.rawValue
  }
}
