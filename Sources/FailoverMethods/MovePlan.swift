package import Packets
package import TopologyModel

/// When the VIP is to move in a round, and to whom, turn by turn; turn 0 is the first of the round.
package enum MovePlan: Sendable {
  case schedule(JuggleSchedule)
  /// Asked for at given times after `start`, at which the first server has the VIP, and after them a turn's
  /// length apart; without one, no more.
  case requests(start: Timestamp, at: [TimeSpan], every: TimeSpan?)

  /// `nil` where daemons decide. What moves `byHand` is asked for by somebody, one by one.
  package init?(
    _ failover: FailoverSettings, servers: Int, start: Timestamp, settle: TimeSpan,
    byHand: Bool = false
  ) {
    switch failover.method {
    case .juggle:
      self = .schedule(
        JuggleSchedule(every: failover.every, servers: servers, start: start, settle: settle))
    case .handover, .script:
      self = .requests(start: start, at: failover.requests, every: byHand ? nil : failover.every)
    case .heartbeat, .vrrp, .carp, .ocf: return nil
    }
  }

  package func turn(_ number: Int) -> Turn {
    switch self {
    case .schedule(let schedule): schedule.turn(number)
    // From the primary to the secondary and back.
    case .requests(let start, let instants, let every):
      Turn(
        holder: ServerIndex(rawValue: number % 2),
        scheduled: MovePlan.time(of: number, at: instants, every: every).map { start + $0 }
          ?? .distantFuture)
    }
  }

  private static func time(
    of number: Int, at instants: [TimeSpan], every: TimeSpan?
  ) -> TimeSpan? {
    guard number > 0 else { return .zero }
    guard number > instants.count else { return instants[number - 1] }
    return every.map { (instants.last ?? .zero) + (number - instants.count) * $0 }
  }

  /// One more is asked for.
  package mutating func ask(at instant: Timestamp) {
    guard case .requests(let start, let instants, let every) = self else { return }
    self = .requests(start: start, at: instants + [instant - start], every: every)
  }

  /// Whether servers know of a turn only when they are told.
  package var isAskedFor: Bool {
    if case .requests = self { return true }
    return false
  }
}
