package import Packets

/// The part of the resolver that deals with daemons that decide who holds the VIP.
extension TopologyResolver {
  mutating func resolveDaemons(
    _ written: TopologyDocument.Failover, subject: String, into settings: inout FailoverSettings
  ) {
    resolveHeartbeat(written.heartbeat, subject: subject, into: &settings)
    let method = settings.method
    settings.vrrp = resolve(written.vrrp, of: .vrrp, subject, taken: method)
    settings.carp = resolve(written.carp, of: .carp, subject, taken: method)
    resolveScript(written, subject: subject, into: &settings)
    settings.resources = written.resources?.value ?? []
    checkOwnAnnouncements(written, subject: subject, settings.method)
    guard settings.method.isOfDaemons else {
      if let first = written.faults?.first {
        mistakes.add(
          "\(subject): faults: nothing follows from them with `method: "
            + "\(settings.method.rawValue)`; take \(TopologyResolver.daemonMethods), or take them out",
          at: first.place)
      }
      return
    }
    let decided: [(String, Place?)] = [
      ("overlap", written.overlap?.place), ("gap", written.gap?.place),
      ("release", written.releases?.place), ("heal", written.heal?.place),
    ]
    for case (let key, let place?) in decided {
      mistakes.add(
        "\(subject): \(key): with `method: \(settings.method.rawValue)` the daemons decide that; "
          + "take it out", at: place)
    }
    settings.faults = faults(written.faults, subject: subject, settings)
    settings.every = settings.faults.map(\.every).max() ?? settings.every
  }

  private static let daemonMethods = FailoverMethodName.allCases.filter(\.isOfDaemons)
    .map { "`\($0.rawValue)`" }.joined(separator: " or ")

  private mutating func resolveHeartbeat(
    _ written: TopologyDocument.Heartbeat?, subject: String,
    into settings: inout FailoverSettings
  ) {
    guard let written else { return }
    checkMethod(.heartbeat, settings.method, at: written.place, subject)
    let every = written.every?.value ?? HeartbeatSettings().every
    settings.heartbeat = HeartbeatSettings(
      every: every, dead: written.dead?.value, preempts: written.preempts?.value ?? true,
      hasDyingBreath: written.hasDyingBreath?.value ?? true, over: written.over?.value,
      priorities: written.priorities?.value)
    if let objection = settings.heartbeat.objection {
      mistakes.add(
        "\(subject): heartbeat: every: \(objection)", at: written.every?.place ?? written.place)
    }
    if let dead = written.dead, dead.value < 2 * every {
      mistakes.add(
        "\(subject): heartbeat: dead: \(dead.value) is over before two heartbeats, which come every "
          + "\(every), could be missed; take \(2 * every) or more", at: dead.place)
    }
  }

  /// That each server has a priority, where they are written.
  mutating func checkPriorities(
    _ failover: FailoverSettings, servers: Int, subject: String, at place: Place
  ) {
    let (method, written) =
      failover.method == .vrrp
      ? (failover.vrrp.priorities, document.failover.vrrp?.priorities)
      : (failover.heartbeat.priorities, document.failover.heartbeat?.priorities)
    guard failover.method.isOfDaemons, let count = method?.count, count != servers else { return }
    mistakes.add(
      "\(subject): \(failover.method.rawValue): priorities: there are \(count) of them, and \(servers) "
        + "servers; give each its own, in their order", at: written?.place ?? place)
  }

  /// That the segment which heartbeats are to cross is one, and that the servers are on it.
  mutating func checkHeartbeatLink(
    _ failover: FailoverSettings, _ members: [PathMember], subject: String, at place: Place
  ) {
    guard failover.method.hasHeartbeats, let name = failover.heartbeat.over else { return }
    let place = document.failover.heartbeat?.over?.place ?? place
    guard let link = segments.firstIndex(where: { $0.name == name }) else {
      let known = suggestion(for: name, among: segments.map(\.name))
      mistakes.add(
        "\(subject): heartbeat: over: there is no segment `\(name)`; \(known)", at: place)
      return
    }
    if isOnHosts {
      mistakes.add(
        "\(subject): heartbeat: over: is of labs: on machines heartbeats cross the path; take it out",
        at: place)
    }
    for member in members where nodes[member.node].role == .server {
      guard nodes[member.node].attachment(to: link) == nil else { continue }
      mistakes.add(
        "\(subject): heartbeat: over: server `\(nodes[member.node].name)` is not on segment `\(name)`; "
          + "attach it", at: place)
    }
  }

  private mutating func resolve(
    _ written: TopologyDocument.Advertisements?, of method: FailoverMethodName, _ subject: String,
    taken: FailoverMethodName
  ) -> AdvertisementSettings {
    guard let written else { return AdvertisementSettings() }
    checkMethod(method, taken, at: written.place, subject)
    let settings = AdvertisementSettings(
      every: written.every?.value ?? AdvertisementSettings().every,
      preempts: written.preempts?.value ?? true, priorities: written.priorities?.value,
      garpDelay: written.garpDelay?.value, garpRefresh: written.garpRefresh?.value)
    for span in [written.garpDelay, written.garpRefresh].compactMap({ $0 }) {
      guard span.value.nanoseconds % TimeSpan.seconds(1).nanoseconds != 0 else { continue }
      mistakes.add(
        "\(subject): vrrp: \(span.value) is no time of keepalived's, which counts seconds; take 1s or more",
        at: span.place)
    }
    if let objection = settings.objection(as: method) {
      mistakes.add(
        "\(subject): \(method.rawValue): every: \(objection)",
        at: written.every?.place ?? written.place)
    }
    return settings
  }

  private mutating func resolveScript(
    _ written: TopologyDocument.Failover, subject: String, into settings: inout FailoverSettings
  ) {
    settings.script = written.script.map {
      ScriptSettings(
        claim: $0.claim, release: $0.release,
        timeout: $0.timeout ?? min(ScriptSettings.standardTimeout, settings.every / 2))
    }
    if settings.method == .script, settings.script == nil {
      mistakes.add(
        "\(subject): `method: script` needs commands; add "
          + "`script: { claim: [/usr/local/sbin/take-vip], release: [/usr/local/sbin/leave-vip] }`",
        at: written.method?.place ?? .start)
    }
    guard settings.method == .script else { return }
    if let script = settings.script, script.timeout >= settings.every {
      mistakes.add(
        "\(subject): script: timeout: \(script.timeout) is not less than a turn (\(settings.every)), and one "
          + "command would be waited for in the next", at: written.script?.place ?? .start)
    }
  }

  /// Each path may have its own.
  mutating func checkResources(
    _ failover: FailoverSettings, of path: TopologyDocument.Path, at place: Place
  ) {
    let written = path.failover?.resources ?? document.failover.resources
    guard failover.method == .ocf, written == nil else { return }
    mistakes.add(
      "failover: `method: ocf` needs a resource; add \(TopologyParser.resourceExample)", at: place)
  }

  private mutating func checkOwnAnnouncements(
    _ written: TopologyDocument.Failover, subject: String, _ method: FailoverMethodName
  ) {
    guard method.runsPrograms else { return }
    let program = method == .script ? "commands" : "agents"
    for place in [written.announceEvery?.place, written.announceCount?.place, written.form?.place] {
      guard let place else { continue }
      mistakes.add(
        "\(subject): announce: with `method: \(method.rawValue)` the \(program) announce; take it out",
        at: place)
    }
  }

  /// Of one method of daemons while the other is taken: for `--method`.
  private mutating func checkMethod(
    _ method: FailoverMethodName, _ chosen: FailoverMethodName, at place: Place, _ subject: String
  ) {
    guard !chosen.isOfDaemons else { return }
    mistakes.add(
      "\(subject): \(method.rawValue): the method is `\(chosen.rawValue)`; write `method: "
        + "\(method.rawValue)`, or take it out", at: place)
  }

  /// One after the other; where none are written, crashes that last until they are noticed.
  private mutating func faults(
    _ written: [Located<TopologyDocument.Fault>]?, subject: String, _ settings: FailoverSettings
  ) -> [FaultPlan] {
    guard let written, !written.isEmpty else { return settings.standardFaults }
    return written.map { fault in
      if fault.value.name == .killAddress, !settings.method.hasHeartbeats {
        mistakes.add(
          "\(subject): faults: kill: an `address` that is gone is put back by `method: heartbeat` and `ocf`; "
            + "\(settings.method.rawValue) would leave it", at: fault.place)
      }
      if fault.value.name == .partitionHeartbeat, settings.heartbeat.over == nil {
        mistakes.add(
          "\(subject): faults: partition: "
            + (settings.method.hasHeartbeats
              ? "the heartbeats cross the path, and have no link of their own to part; take `heartbeat: "
                + "{ over: SEGMENT }`, or part the `holder`"
              : "`heartbeat` is of `method: heartbeat`; part the `holder`"),
          at: fault.place)
      }
      let lasting = fault.value.lasting?.value ?? settings.lasting(every: fault.value.every?.value)
      let every = fault.value.every?.value ?? settings.pause(afterFaultOf: lasting)
      if let written = fault.value.lasting, lasting <= .zero || lasting >= every {
        mistakes.add(
          "\(subject): faults: for: \(lasting) must be more than 0 and less than the time to the next "
            + "fault (\(every))", at: written.place)
      }
      if let written = fault.value.every, every < FailoverSettings.leastTurn {
        mistakes.add(
          "\(subject): faults: every: \(every) is too short; \(FailoverSettings.leastTurn) is the "
            + "least", at: written.place)
      }
      let isSlow = fault.value.name == .slow
      if let by = fault.value.by, !isSlow || !SegmentLimits.addedDelays.contains(by.value) {
        mistakes.add(
          "\(subject): faults: by: "
            + (isSlow ? "found \(by.value), needs 1us to 1s" : "is of `slow`; take it out"),
          at: by.place)
      }
      return FaultPlan(
        fault.value.name, every: every, lasting: lasting,
        by: isSlow ? fault.value.by?.value ?? FaultPlan.usualDelay : nil)
    }
  }
}

extension HeartbeatSettings {
  package static let leastInterval = TimeSpan.milliseconds(1)

  /// What is wrong with the interval; `nil` when nothing is.
  var objection: String? {
    every < HeartbeatSettings.leastInterval
      ? "\(every) is too often; \(HeartbeatSettings.leastInterval) is the least" : nil
  }
}

extension AdvertisementSettings {
  /// What is wrong with the interval; `nil` when nothing is. VRRP counts centiseconds, in 12 bits (RFC 5798,
  /// section 5.2.7); ucarp whole seconds, in 8.
  func objection(as method: FailoverMethodName) -> String? {
    let isVRRP = method == .vrrp
    let (unit, most) = isVRRP ? (TimeSpan.milliseconds(10), 4095) : (.seconds(1), 255)
    if unit <= every, every <= most * unit, every.nanoseconds % unit.nanoseconds == 0 { return nil }
    return isVRRP
      ? "\(every) is no interval of VRRP, which counts centiseconds; take 10ms to 40.95s"
      : "\(every) is no interval of ucarp, which counts seconds; take 1s to 255s"
  }
}

extension FailoverSettings {
  /// How long daemons take at most to notice that the holder has gone.
  package var detection: TimeSpan {
    switch method {
    case .juggle, .handover, .script: .zero
    case .heartbeat: heartbeat.longestPatience
    case .ocf: max(heartbeat.longestPatience, patienceOfMonitors)
    // Master_Down_Interval (RFC 5798, section 6.1).
    case .vrrp: 4 * vrrp.every
    case .carp: CARPHost.detection(every: carp.every)
    }
  }

  /// How long an address that is gone is not missed.
  private var patienceOfMonitors: TimeSpan {
    faults.contains { $0.name == .killAddress }
      ? resources.map(\.monitorEvery).max() ?? .zero : .zero
  }

  /// The place among the servers of the one of the highest priority.
  package var preferredRank: Int {
    let priorities =
      switch method {
      case .heartbeat, .ocf: heartbeat.priorities
      case .vrrp: vrrp.priorities
      case .juggle, .handover, .script, .carp: [Int]?.none
      }
    return priorities?.indices.max { priorities![$0] < priorities![$1] } ?? 0
  }

  /// Until a fault is noticed, and what follows from that has followed.
  private var noticed: TimeSpan { detection + .milliseconds(500) }

  /// Crashes that last until they are noticed.
  var standardFaults: [FaultPlan] {
    let lasting = max(every / 2, noticed)
    return [FaultPlan(.crash, every: pause(afterFaultOf: lasting), lasting: lasting)]
  }

  /// What is wrong with the interval between the daemons' words; `nil` when nothing is.
  package var intervalObjection: String? {
    switch method {
    case .vrrp: vrrp.objection(as: .vrrp)
    case .carp: carp.objection(as: .carp)
    case .heartbeat, .ocf: heartbeat.objection
    case .juggle, .handover, .script: nil
    }
  }

  /// The same daemons with another interval between their words, and crashes of what holds the VIP, as soon
  /// after each other as they can be told apart.
  package func watching(every interval: TimeSpan) -> FailoverSettings {
    var settings = self
    (settings.vrrp.every, settings.carp.every) = (interval, interval)
    settings.heartbeat.dead = TimeSpan(
      nanoseconds: Int64(heartbeat.dead.seconds / heartbeat.every.seconds * interval.seconds * 1e9))
    settings.heartbeat.every = interval
    settings.every = FailoverSettings.leastTurn
    // Where words are lost it takes longer than it should.
    let lasting = settings.detection + settings.noticed
    settings.faults = [
      FaultPlan(.crash, every: settings.pause(afterFaultOf: lasting), lasting: lasting)
    ]
    settings.every = settings.faults[0].every
    settings.stuckAfter = min(stuckAfter, FailoverSettings.stuckAfter(turn: settings.every))
    return settings
  }

  /// How long a fault lasts that is written without that, `every` so often: until it is noticed, where there is
  /// time for it.
  func lasting(every: TimeSpan?) -> TimeSpan {
    let usual = standardFaults[0].lasting
    guard let every, every <= usual else { return usual }
    return noticed < every / 2 ? every / 2 : min(noticed, 3 * (every / 4))
  }

  /// To the next fault, from the beginning of one that lasts so long.
  func pause(afterFaultOf lasting: TimeSpan) -> TimeSpan { max(every, lasting + noticed) }
}
