package import Packets

/// The part of the resolver that deals with the schedule and the probes.
extension TopologyResolver {
  mutating func resolveFailover(
    _ written: TopologyDocument.Failover, subject: String = "failover"
  ) -> FailoverSettings {
    let every = written.every?.value ?? FailoverSettings.defaultTurn
    if every < FailoverSettings.leastTurn {
      mistakes.add(
        "\(subject): every: \(every) is too short a turn; \(FailoverSettings.leastTurn) is the least",
        at: written.every?.place ?? .start)
    }
    if let announce = written.announceEvery, announce.value < FailoverSettings.leastAnnounce {
      mistakes.add(
        "\(subject): announce: every: \(announce.value) is too often; "
          + "\(FailoverSettings.leastAnnounce) is the least", at: announce.place)
    }
    if let count = written.announceCount, count.value < 1 {
      mistakes.add(
        "\(subject): announce: count: \(count.value) is too few; take 1 or more, or `form: none`",
        at: count.place)
    }
    if let releases = written.releases, !releases.value,
      let order = written.overlap ?? written.gap
    {
      mistakes.add(
        "\(subject): `release: false` leaves nothing to overlap or to leave a gap; keep one",
        at: max(releases.place, order.place))
    }
    if let overlap = written.overlap, let gap = written.gap {
      mistakes.add(
        "\(subject): `gap` and `overlap` contradict each other; keep one",
        at: max(overlap.place, gap.place))
    }
    for span in [written.overlap, written.gap].compactMap({ $0 }) where span.value >= every / 2 {
      mistakes.add(
        "\(subject): an overlap or gap of \(span.value) must be shorter than half a turn (\(every))",
        at: span.place)
    }
    if let stuckAfter = written.stuckAfter, stuckAfter.value >= every || stuckAfter.value <= .zero {
      mistakes.add(
        "\(subject): stuckAfter: \(stuckAfter.value) must be more than 0 and less than a turn "
          + "(\(every)), or a stuck transition could not be told", at: stuckAfter.place)
    }
    let longest = FailoverSettings.longestHealAfter(
      turn: every, gap: written.gap?.value ?? .zero)
    if let after = written.healAfter, after.value > longest {
      mistakes.add(
        "\(subject): heal: after: \(after.value) is too late in a turn of \(every); \(longest) is "
          + "the most", at: after.place)
    }
    let method = written.method?.value ?? .juggle
    var settings = FailoverSettings(
      method: method, every: every,
      announceEvery: written.announceEvery?.value ?? method.announcements.every,
      form: written.form?.value ?? .request,
      overlap: written.overlap?.value ?? .zero - (written.gap?.value ?? .zero),
      stuckAfter: written.stuckAfter?.value ?? FailoverSettings.stuckAfter(turn: every),
      healing: written.heal.map {
        Healing(
          method: $0.value,
          after: written.healAfter?.value ?? FailoverSettings.healAfter(turn: every))
      })
    settings.announceCount = written.announceCount?.value ?? method.announcements.count
    settings.releases = written.releases?.value ?? true
    resolveDaemons(written, subject: subject, into: &settings)
    return settings
  }

  mutating func resolveProbe(
    _ failover: FailoverSettings, paths: [TopologyPath]
  ) -> ProbeSettings {
    let written = document.probe
    let kind = written.kind?.value ?? .stamp
    let turns = [failover.every] + paths.map(\.failover.every)
    let every =
      written.every?.value
      ?? ProbeSettings.defaultInterval(of: kind, turn: turns.min() ?? failover.every)
    if let objection = ProbeSettings.objection(
      to: every, of: kind, turn: turns.min() ?? failover.every)
    {
      mistakes.add(
        "probe: every: \(objection)", at: (written.every?.place ?? written.kind?.place) ?? .start)
    }
    checkDelay(of: kind, paths)
    checkAuthors(kind, paths)
    return ProbeSettings(kind: kind, every: every, port: resolvePort(of: kind, paths))
  }

  /// A kernel sends a SYN that is not answered within a second again, and every connection would seem
  /// to hang.
  private mutating func checkDelay(of kind: ProbeKind, _ paths: [TopologyPath]) {
    guard kind.connects else { return }
    for path in paths {
      let ways = path.crossed.map { segments[$0].shaping }
        .reduce(TimeSpan.zero) { $0 + 2 * ($1.delay + $1.jitter) }
      guard ways > ProbeSettings.longestWayOfConnections else { continue }
      mistakes.add(
        "probe: kind: `\(kind.rawValue)` needs an answer within "
          + "\(ProbeSettings.longestWayOfConnections), and the segments of path `\(path.name)` delay it by "
          + "\(ways); shorten their delay, or probe by `stamp` or `icmp`",
        at: document.probe.kind?.place ?? .start)
    }
  }

  private mutating func resolvePort(of kind: ProbeKind, _ paths: [TopologyPath]) -> UInt16? {
    let written = document.probe.port
    guard let standard = ProbeSettings.standardPort(of: kind) else {
      if let written {
        mistakes.add("probe: port: `\(kind.rawValue)` has no ports; take it out", at: written.place)
      }
      return nil
    }
    let port = resolvePort(written, subject: "probe", orDefault: standard)
    if kind == .stamp, let path = paths.first(where: { $0.overlay?.port == port }) {
      mistakes.add(
        "probe: port: path `\(path.name)` uses UDP port \(port) for its tunnels; set another "
          + "`port` here or there", at: written?.place ?? .start)
    }
    return port
  }

  /// What the kernel answers does not say who it is, but for the address of its frames: the router's
  /// where a prober is behind one.
  private mutating func checkAuthors(_ kind: ProbeKind, _ paths: [TopologyPath]) {
    guard kind == .icmp || kind == .tcp else { return }
    for path in paths {
      guard let member = path.members.first(where: { $0.gateway != nil }) else { continue }
      mistakes.add(
        "probe: kind: `\(nodes[member.node].name)` reaches path `\(path.name)` by a router, where "
          + "answers to `\(kind.rawValue)` do not tell who gave them; take `http` or `stamp`",
        at: document.probe.kind?.place ?? .start)
      return
    }
  }
}

extension FailoverMethodName {
  /// How the seed's program announces, unless told otherwise: every half second for as long as the turn
  /// lasts, or three times a second apart (`arping -c 3`).
  var announcements: (every: TimeSpan, count: Int?) {
    switch self {
    case .juggle: (.milliseconds(500), nil)
    case .handover, .script: (.seconds(1), 3)
    // As Piranha and keepalived do: five of them.
    case .heartbeat, .vrrp, .carp, .ocf: (.seconds(1), 5)
    }
  }
}

extension FailoverSettings {
  /// The Hetzner seed's.
  package static let defaultTurn = TimeSpan.seconds(30)
  package static let leastTurn = TimeSpan.milliseconds(200)
  static let leastAnnounce = TimeSpan.milliseconds(1)

  /// 1 s, or half a turn that is too short for it.
  static func healAfter(turn: TimeSpan) -> TimeSpan { min(.seconds(1), turn / 2) }

  /// Before anything of the next turn begins.
  static func longestHealAfter(turn: TimeSpan, gap: TimeSpan) -> TimeSpan {
    TimeSpan(nanoseconds: turn.nanoseconds * 4 / 5) - gap
  }

  /// 1.5 s, or three quarters of a turn that is too short for it.
  package static func stuckAfter(turn: TimeSpan) -> TimeSpan {
    min(.milliseconds(1500), TimeSpan(nanoseconds: turn.nanoseconds * 3 / 4))
  }
}

extension ProbeSettings {
  static func defaultInterval(of kind: ProbeKind, turn: TimeSpan) -> TimeSpan {
    kind.connects ? min(.milliseconds(100), turn / coarsest) : .milliseconds(1)
  }

  /// Probes in the shortest turn, at least.
  private static let coarsest: Int64 = 20

  /// The UDP port of STAMP (RFC 8762, section 4.1), and the one of HTTP.
  static func standardPort(of kind: ProbeKind) -> UInt16? {
    switch kind {
    case .stamp: 862
    case .icmp: nil
    case .tcp, .http: 80
    }
  }

  private static let leastIntervalOfConnections = TimeSpan.milliseconds(1)
  /// There and back: the kernel's first time-out (RFC 6298), less what it takes itself.
  static let longestWayOfConnections = TimeSpan.milliseconds(900)
  private static let leastInterval = TimeSpan.microseconds(50)

  /// What is wrong with a probe interval in turns of length `turn`, or `nil`.
  package static func objection(
    to interval: TimeSpan, of kind: ProbeKind, turn: TimeSpan
  ) -> String? {
    if interval < leastInterval { return "\(interval) is too often; \(leastInterval) is the least" }
    if kind.connects, interval < leastIntervalOfConnections {
      return "\(interval) is too often for connections; \(leastIntervalOfConnections) is the least"
    }
    if interval > turn / coarsest {
      return "\(interval) is too coarse for a turn of \(turn); \(turn / coarsest) is the most"
    }
    return nil
  }
}

extension Place: Comparable {
  static func < (left: Place, right: Place) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
