import Packets
package import TopologyModel

/// From what was observed to what is said of one transition.
extension TransitionLedger {
  /// A move later than this is the tool's own doing.
  private static let longestLateness = TimeSpan.milliseconds(50)

  mutating func judge(_ span: TransitionSpan, index: Int) -> Finished {
    let moves = Moves(events, span, gap: roster.gap)
    var windows: [NodeID: ProberWindow] = [:]
    for prober in roster.probers {
      var window = window(of: prober, span, moves)
      streams[StreamID(prober: prober.node)]?.fold(
        into: &window, until: (span.end, span.closed))
      forgetArrival(&window, span, at: moves.to)
      windows[prober.node] = window
    }
    let isPausePassedOver = passOverPauses(&windows, span)
    let probers = roster.probers.filter {
      $0.node != moves.to && windows[$0.node]?.sent ?? 0 > 0 && !isLost($0.node, in: span)
    }
    let reason = voidReason(
      span, moves, probers.compactMap { windows[$0.node] }, isPausePassedOver: isPausePassedOver)
    let transition = TransitionRecord(
      index: index, disturbance: span.disturbance.kind,
      from: moves.from.map(name) ?? "", to: moves.to.map(name) ?? "",
      scheduled: span.disturbance.at, addressAdded: moves.added, addressRemoved: moves.removed,
      announced: moves.announced, voidReason: reason,
      probers: probers.map { prober in
        record(
          of: prober, windows[prober.node] ?? ProberWindow(newHolder: nil), span, moves, reason)
      })
    return Finished(record: transition, span: span)
  }

  /// A takeover shorter than what is known of the new holder's clock is none.
  private func forgetArrival(
    _ window: inout ProberWindow, _ span: TransitionSpan, at holder: NodeID?
  ) {
    guard let holder, let arrival = window.firstArrival,
      clocks.bound(of: holder, at: arrival) > max(.zero, arrival - span.disturbance.at)
    else { return }
    window.firstArrival = nil
  }

  private func window(
    of prober: PathRoster.Member, _ span: TransitionSpan, _ moves: Moves
  ) -> ProberWindow {
    var window = ProberWindow(newHolder: moves.to)
    window.taken = moves.added
    window.entries = entries(of: prober.decider, span)
    if finder != nil { window.since = span.disturbance.at }
    let earliest = span.disturbance.at - early(prober, moves.to, span)
    for event in inOrder(span) where earliest <= event.observation.at {
      switch event.observation {
      case .announcementSeen(let mac, let instant, _)
      where event.node == prober.decider && mac == moves.to.flatMap(mac(of:)):
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
    let due = span.disturbance.at + roster.gap + roster.stuckAfter
    guard let announced = moves.announced, announced <= due else { return due }
    return announced + roster.stuckAfter
  }

  /// From the one that stood at the beginning on.
  private func entries(of node: NodeID, _ span: TransitionSpan) -> [NeighbourView] {
    let all = events.compactMap { event -> NeighbourView? in
      guard case .neighbour(let entry) = event.observation, event.node == node else { return nil }
      return entry.at < span.end ? entry : nil
    }.sorted { $0.at < $1.at }
    let standing = all.lastIndex { $0.at < span.begin } ?? 0
    return Array(all.dropFirst(standing))
  }

  /// What happened in its window, in the order of time.
  private func inOrder(_ span: TransitionSpan) -> [Event] {
    events.filter { span.begin <= $0.observation.at && $0.observation.at < span.end }
      .sorted { ($0.observation.at, $0.node) < ($1.observation.at, $1.node) }
  }
}

/// Void, and why.
extension TransitionLedger {
  private func voidReason(
    _ span: TransitionSpan, _ moves: Moves, _ windows: [ProberWindow], isPausePassedOver: Bool
  ) -> String? {
    if isAbandoned { return "some nodes did not tell what they saw" }
    let movers = [span.disturbance.from, span.disturbance.to, moves.from, moves.to]
    if let lost = movers.compactMap({ $0 }).first(where: { isLost($0, in: span) }) {
      return "\(roster.name(of: lost)) was lost"
    }
    let reasons = faults(in: span).compactMap { event -> String? in
      guard case .fault(let fault, _, _) = event.observation else { return nil }
      if isPausePassedOver, fault.pause != nil { return nil }
      return fault.isOfMachine ? "\(fault)" : "\(roster.name(of: event.node)): \(fault)"
    }
    if let first = reasons.first { return first }
    if span.disturbance.kind != .observed, let to = moves.to, moves.from == to,
      moves.removed == nil
    {
      return "\(roster.name(of: to)) had the VIP already: nothing moved"
    }
    if let lateness = moves.lateness, lateness > TransitionLedger.longestLateness,
      let to = moves.to
    {
      return
        "\(roster.name(of: to)) took the VIP \(lateness.nanoseconds / 1_000_000) ms later than "
        + "it was told to"
    }
    if let early = earliness(span, moves) { return early }
    if !isPausePassedOver, let gap = windows.compactMap({ blindness($0, span) }).max() {
      return "no probe was sent for \(gap.nanoseconds / 1_000_000) ms as the VIP moved"
    }
    return windows.isEmpty ? "no node probed" : nil
  }

  /// Of a server whose clock was not known well when it moved: it did so before its time. The old holder may
  /// have done so in the turn before, and the new one in the turn after.
  private func earliness(_ span: TransitionSpan, _ moves: Moves) -> String? {
    guard finder == nil, span.disturbance.kind != .observed else { return nil }
    let (begin, end) = (span.disturbance.at, span.closed)
    let deeds = [
      (
        moves.from, moves.from.flatMap { ownRelease(of: $0, from: judged, to: begin) }, begin,
        "gave up"
      ),
      (moves.to, moves.added, begin + roster.gap, "took"),
      (
        moves.to, moves.to.flatMap { ownRelease(of: $0, from: moves.added ?? begin, to: end) }, end,
        "gave up"
      ),
    ]
    for case (let node?, let instant?, let due, let deed) in deeds {
      let early = due - instant
      guard early > TransitionLedger.longestEarliness + clocks.bound(of: node, at: instant) else {
        continue
      }
      return
        "\(roster.name(of: node)) \(deed) the VIP \(early.nanoseconds / 1_000_000) ms before it "
        + "was told to"
    }
    return nil
  }

  /// When the node's own agent gave the VIP up in that time, and did not take it again.
  private func ownRelease(
    of node: NodeID, from begin: Timestamp, to end: Timestamp
  ) -> Timestamp? {
    let last = events.filter { event in
      event.node == node && (event.claim ?? event.release).map { begin <= $0 && $0 < end } ?? false
    }.max { $0.observation.at < $1.observation.at }
    guard case .released(let instant)? = last?.observation else { return nil }
    return instant
  }

  /// Agents act when it is time, and never before.
  private static let longestEarliness = TimeSpan.milliseconds(5)

  private func faults(in span: TransitionSpan) -> [Event] {
    events.filter {
      guard case .fault(_, let since, let instant) = $0.observation else { return false }
      return since <= span.closed && span.begin <= instant
    }.sorted { ($0.observation.at, $0.node) < ($1.observation.at, $1.node) }
  }

  /// On a path that is watched from outside nothing is made up for, and an outage of seconds is one whatever
  /// pause of this program's falls into it: in its midst it says nothing, and at its edge it is left
  /// out of it. Whether that is so of all pauses.
  private func passOverPauses(
    _ windows: inout [NodeID: ProberWindow], _ span: TransitionSpan
  ) -> Bool {
    guard finder != nil, let (node, window) = windows.first else { return false }
    var pauses = faults(in: span).compactMap {
      event -> (gap: ProberWindow.Gap, length: TimeSpan)? in
      guard case .fault(let fault, let since, let instant) = event.observation,
        let length = fault.pause
      else { return nil }
      return (ProberWindow.Gap(from: since, to: instant), length)
    }
    if let gap = window.sendingGap { pauses.append((gap, gap.length)) }
    let edge =
      pauses.filter { !window.isMissed(from: $0.gap.from, to: $0.gap.to) }
      .map(\.length).max() ?? .zero
    guard TransitionLedger.leastShare * edge <= window.lossOfConnectivity, window.lost > 0 else {
      return false
    }
    if edge > longestBlindness { windows[node]?.leaveOut(edge) }
    return true
  }

  /// So many times a pause at its edge an outage is to be for it to be told of.
  private static let leastShare = 4

  /// How long nothing was sent between the disturbance and the first answer of the new holder: an
  /// outage may hide in that.
  private func blindness(_ window: ProberWindow, _ span: TransitionSpan) -> TimeSpan? {
    let end = window.firstReply ?? span.disturbance.at + roster.lead
    guard let gap = window.sendingGap, gap.length > longestBlindness,
      gap.from < end, span.disturbance.at - roster.lead < gap.to
    else { return nil }
    return gap.length
  }

  private var longestBlindness: TimeSpan { max(.milliseconds(20), 10 * roster.interval) }
}

/// One prober's part.
extension TransitionLedger {
  private func record(
    of prober: PathRoster.Member, _ window: ProberWindow, _ span: TransitionSpan, _ moves: Moves,
    _ voidReason: String?
  ) -> ProberRecord {
    var record = ProberRecord(
      node: prober.name, decider: prober.gateway.map(roster.name), window: window,
      interval: roster.interval, scheduled: span.disturbance.at,
      verdict: verdict(window, moves, voidReason),
      evidence: evidence(of: prober, window, span),
      finding: voidReason == nil ? finding(of: prober, window, span, moves) : nil,
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
    return window.isStuck || window.isAllLost || !isTaken ? .stuck : .good
  }

  private func finding(
    of prober: PathRoster.Member, _ window: ProberWindow, _ span: TransitionSpan, _ moves: Moves
  ) -> CauseFinding? {
    if let view = roster.outside {
      return OutsideFacts(
        vip: roster.vip, view: view, begin: span.disturbance.at,
        old: moves.from.flatMap { responders[$0] } ?? .unknown,
        new: moves.to.flatMap { responders[$0] }, announcements: announcements(in: span),
        contest: inOrder(span).lazy.compactMap { event in
          guard case .contested(_, let one, let other) = event.observation else { return nil }
          return (name(of: one), name(of: other))
        }.first,
        linkDown: inOrder(span).first { $0.isLinkDown }?.observation.at, window: window,
        interval: roster.interval, isSentAgain: roster.probe?.connects ?? false
      ).finding()
    }
    guard let old = moves.from.flatMap(roster.member) else { return nil }
    guard let new = moves.to.flatMap(roster.member) else {
      return CauseFinding(
        .noHolder, "\(old.name) lost \(roster.vip) to somebody else, and nobody took it")
    }
    return CauseFacts(
      prober: prober.name, decider: roster.name(of: prober.decider), recovery: prober.recovery,
      vip: roster.vip, old: CauseFacts.Server(old), new: CauseFacts.Server(new),
      servers: roster.servers.map { CauseFacts.Server($0) }, scheduled: span.disturbance.at,
      addressAdded: moves.added, addressRemoved: moves.removed, announced: moves.announced,
      window: window, interval: roster.interval
    ).finding()
  }

  private func evidence(
    of prober: PathRoster.Member, _ window: ProberWindow, _ span: TransitionSpan
  ) -> [Evidence] {
    var found = inOrder(span).compactMap { event in
      text(of: event, for: prober).map { Evidence(at: event.observation.at, event: $0) }
    }
    found += remarks(of: prober, in: span)
    if finder != nil {
      found += AnnouncementSeries.all(announcements(in: span)).map {
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
    case .blurred(_, let reason) where event.node == prober.decider:
      return prefix(prober) + reason
    default:
      return nil
    }
  }

  /// How its probes fared, the same once.
  private func remarks(of prober: PathRoster.Member, in span: TransitionSpan) -> [Evidence] {
    var found: [(at: Timestamp, what: String, times: Int)] = []
    for event in inOrder(span) where event.node == prober.node {
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

  private func announcements(in span: TransitionSpan) -> [SeenAnnouncement] {
    inOrder(span).compactMap {
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
