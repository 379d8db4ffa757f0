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
    for index in paths.indices { try paths[index].failover.setTurn(every) }
    try checkProbes(option: "--every")
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

extension FailoverSettings {
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
    faults = faults.map {
      FaultPlan($0.name, every: every, lasting: min($0.lasting, every / 2))
    }
    self.every = every
  }
}
