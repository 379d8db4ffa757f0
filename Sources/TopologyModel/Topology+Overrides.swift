package import Packets

/// What the command line may set in place of the file.
extension Topology {
  /// Why an override is refused.
  package struct Refusal: Error, CustomStringConvertible {
    package let description: String
  }

  /// Another length of a turn; `stuckAfter` follows it where it must.
  package mutating func setTurn(_ every: TimeSpan) throws(Refusal) {
    guard every >= FailoverSettings.leastTurn else {
      throw Refusal(
        description: "--every: \(every) is too short a turn; \(FailoverSettings.leastTurn) is the "
          + "least")
    }
    try failover.setTurn(every)
    for index in paths.indices {
      try paths[index].failover.setTurn(every)
      for method in paths[index].methods.indices {
        try paths[index].methods[method].setTurn(every)
      }
    }
    try checkProbes(option: "--every")
  }

  /// Handovers at these times from the beginning on, in place of one every turn.
  package mutating func setRequests(_ instants: [TimeSpan]) throws(Refusal) {
    let turns = zip([.zero] + instants, instants).map { $1 - $0 }
    if let short = turns.first(where: { $0 < FailoverSettings.leastTurn }) {
      throw Refusal(
        description: "--at: \(max(short, .zero)) is too short a turn; times rise by "
          + "\(FailoverSettings.leastTurn) or more")
    }
    for path in paths where !path.failover.method.isOnRequest {
      throw Refusal(
        description:
          "--at: \(path.failover.method.rawValue) of path `\(path.name)` is not asked; take "
          + "--method handover")
    }
    guard let turn = turns.min() else { return }
    try setTurn(turn)
    for index in paths.indices { paths[index].failover.requests = instants }
  }

  /// Another probe interval.
  package mutating func setProbeInterval(_ every: TimeSpan) throws(Refusal) {
    probe.every = every
    try checkProbes(option: "--probe")
  }

  private func checkProbes(option: String) throws(Refusal) {
    let turn = paths.map(\.failover.every).min() ?? failover.every
    if let objection = ProbeSettings.objection(
      to: probe.every, of: probe.kind, turn: turn)
    {
      throw Refusal(description: "\(option): a probe every \(objection)")
    }
  }

  /// The seed given, the file's, or any that a JSON reader keeps exactly.
  package mutating func chooseSeed(_ given: UInt64?) {
    seed = given ?? seed ?? UInt64.random(in: 0...(1 << 53 - 1))
  }

  /// Only the paths named, in the order of the file.
  package mutating func select(_ names: [String]) throws(Refusal) {
    guard !names.isEmpty else { return }
    for name in names where path(named: name) == nil {
      let known = paths.map(\.name)
      throw Refusal(
        description: "--path: there is no path `\(name)`; \(suggestion(for: name, among: known))")
    }
    paths = paths.filter { names.contains($0.name) }
  }
}

extension Topology {
  /// Other ways of moving the VIP than the file's, each on every path.
  package mutating func select(methods names: [FailoverMethodName]) throws(Refusal) {
    guard !names.isEmpty else { return }
    var methods: [FailoverMethodName] = []
    for name in names where !methods.contains(name) { methods.append(name) }
    for index in paths.indices {
      let path = paths[index]
      let servers = path.members.count { nodes[$0.node].role == .server }
      if let method = methods.first(where: \.hasHeartbeats), servers > 2 {
        throw Refusal(
          description:
            "--method \(method.rawValue): it is of two servers, and path `\(path.name)` has "
            + "\(servers); take vrrp, or make clients of the others")
      }
      if methods.contains(.carp), path.vip.family == .v6 {
        throw Refusal(
          description:
            "--method carp: ucarp is of IPv4, and path `\(path.name)` is not; take vrrp or "
            + "heartbeat")
      }
      if methods.contains(.script), path.failover.script == nil {
        throw Refusal(
          description: "--method script: \(name) has no commands under `failover: script:`")
      }
      if methods.contains(.ocf), path.failover.resources.isEmpty {
        throw Refusal(
          description: "--method ocf: \(name) has no resources under `failover: ocf:`")
      }
      paths[index].methods = methods.map { path.failover.by($0) }
      paths[index].failover = paths[index].methods[0]
    }
    let columns = paths.flatMap { $0.variants.map(\.name) }
    if let twice = columns.first(where: { name in columns.count { $0 == name } > 1 }) {
      throw Refusal(
        description:
          "--method: two paths would be called `\(twice)`; call one otherwise in the file")
    }
  }
}

extension FailoverSettings {
  /// Another method, as far as this one's settings have a meaning for it, and else as it is without any.
  fileprivate func by(_ other: FailoverMethodName) -> FailoverSettings {
    guard other != method else { return self }
    let isOrdered = !other.isOfDaemons
    var settings = FailoverSettings(
      method: other, every: every, announceEvery: other.announcements.every, form: form,
      overlap: isOrdered ? overlap : .zero, stuckAfter: stuckAfter,
      healing: isOrdered ? healing : nil, family: family)
    settings.announceCount = other.announcements.count
    settings.releases = isOrdered ? releases : true
    (settings.heartbeat, settings.vrrp, settings.carp) = (heartbeat, vrrp, carp)
    (settings.script, settings.resources) = (script, resources)
    if !isOrdered {
      settings.faults = faults.isEmpty ? settings.standardFaults : faults
      settings.every = settings.faults.map(\.every).max() ?? every
    }
    return settings
  }

  fileprivate mutating func setTurn(_ every: TimeSpan) throws(Topology.Refusal) {
    let halved = max(overlap, .zero - overlap)
    guard halved < every / 2 else {
      throw Topology.Refusal(
        description: "--every: half a turn of \(every) must be longer than the overlap or gap of "
          + "\(halved)")
    }
    if let healing {
      let gap = max(.zero, .zero - overlap)
      if healing.after > FailoverSettings.longestHealAfter(turn: every, gap: gap) {
        self.healing = Healing(
          method: healing.method, after: FailoverSettings.healAfter(turn: every))
      }
    }
    if stuckAfter >= every { stuckAfter = FailoverSettings.stuckAfter(turn: every) }
    if let timeout = script?.timeout, timeout >= every { script?.timeout = every / 2 }
    faults = faults.map {
      FaultPlan($0.name, every: every, lasting: min($0.lasting, every / 2))
    }
    self.every = every
  }
}
