package import Packets

/// The part of the resolver that deals with daemons that decide who holds the VIP.
extension TopologyResolver {
  mutating func resolveDaemons(
    _ written: TopologyDocument.Failover, subject: String, into settings: inout FailoverSettings
  ) {
    resolveHeartbeat(written.heartbeat, subject: subject, into: &settings)
    resolveVRRP(written.vrrp, subject: subject, into: &settings)
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
    checkMethod(.heartbeat, is: settings.method, at: written.place, subject)
    let every = written.every?.value ?? HeartbeatSettings().every
    settings.heartbeat = HeartbeatSettings(
      every: every, dead: written.dead?.value, preempts: written.preempts?.value ?? true,
      hasDyingBreath: written.hasDyingBreath?.value ?? true)
    if every < HeartbeatSettings.leastInterval {
      mistakes.add(
        "\(subject): heartbeat: every: \(every) is too often; \(HeartbeatSettings.leastInterval) is "
          + "the least", at: written.every?.place ?? written.place)
    }
    if let dead = written.dead, dead.value < 2 * every {
      mistakes.add(
        "\(subject): heartbeat: dead: \(dead.value) is over before two heartbeats, which come every "
          + "\(every), could be missed; take \(2 * every) or more", at: dead.place)
    }
  }

  private mutating func resolveVRRP(
    _ written: TopologyDocument.VRRP?, subject: String, into settings: inout FailoverSettings
  ) {
    guard let written else { return }
    checkMethod(.vrrp, is: settings.method, at: written.place, subject)
    let every = written.every?.value ?? VRRPSettings().every
    settings.vrrp = VRRPSettings(every: every, preempts: written.preempts?.value ?? true)
    // VRRP counts centiseconds, in 12 bits (RFC 5798, section 5.2.7).
    let centisecond = TimeSpan.milliseconds(10)
    guard
      every < centisecond || 4095 * centisecond < every
        || every.nanoseconds % centisecond.nanoseconds != 0
    else { return }
    mistakes.add(
      "\(subject): vrrp: every: \(every) is no interval of VRRP, which counts centiseconds; take "
        + "10ms to 40.95s", at: written.every?.place ?? written.place)
  }

  private mutating func checkMethod(
    _ method: FailoverMethodName, is chosen: FailoverMethodName, at place: Place, _ subject: String
  ) {
    guard method != chosen else { return }
    mistakes.add(
      "\(subject): \(method.rawValue): the method is `\(chosen.rawValue)`; write `method: "
        + "\(method.rawValue)`, or take it out", at: place)
  }

  /// One after the other; where none are written, crashes that last until they are noticed.
  private mutating func faults(
    _ written: [Located<TopologyDocument.Fault>]?, subject: String, _ settings: FailoverSettings
  ) -> [FaultPlan] {
    let noticed = settings.detection + FaultPlan.margin
    let lasting = max(settings.every / 2, noticed)
    let standard = FaultPlan(
      .crash, every: max(settings.every, lasting + noticed), lasting: lasting)
    return (written ?? []).map { fault in
      let lasting = fault.value.lasting?.value ?? standard.lasting
      let every = fault.value.every?.value ?? max(settings.every, lasting + noticed)
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
      return FaultPlan(fault.value.name, every: every, lasting: lasting)
    }.nonEmpty ?? [standard]
  }
}

extension HeartbeatSettings {
  static let leastInterval = TimeSpan.milliseconds(1)
}

extension FaultPlan {
  /// For what follows from a decision.
  fileprivate static let margin = TimeSpan.milliseconds(500)
}

extension FailoverSettings {
  /// How long daemons take at most to notice that the holder has gone.
  package var detection: TimeSpan {
    switch method {
    case .juggle, .handover: .zero
    case .heartbeat: heartbeat.patience(priority: 1)
    // Master_Down_Interval (RFC 5798, section 6.1).
    case .vrrp: 4 * vrrp.every
    }
  }
}

extension Array {
  fileprivate var nonEmpty: Self? { isEmpty ? nil : self }
}
