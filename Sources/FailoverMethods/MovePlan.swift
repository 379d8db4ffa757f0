package import Packets
package import TopologyModel

/// When the VIP is to move in a round, and to whom, turn by turn; turn 0 is the first of the round.
package enum MovePlan: Sendable {
  case schedule(JuggleSchedule)
  /// Asked for at given times after `start`, at which the first server has the VIP, and after them a turn's
  /// length apart.
  case requests(start: Timestamp, at: [TimeSpan], every: TimeSpan)

  /// `nil` where daemons decide.
  package init?(_ failover: FailoverSettings, servers: Int, start: Timestamp, settle: TimeSpan) {
    switch failover.method {
    case .juggle:
      self = .schedule(
        JuggleSchedule(every: failover.every, servers: servers, start: start, settle: settle))
    case .handover, .script:
      self = .requests(start: start, at: failover.requests, every: failover.every)
    case .heartbeat, .vrrp, .carp: return nil
    }
  }

  package func turn(_ number: Int) -> Turn {
    switch self {
    case .schedule(let schedule): schedule.turn(number)
    // From the primary to the secondary and back.
    case .requests(let start, let instants, let every):
      Turn(
        holder: ServerIndex(rawValue: number % 2),
        scheduled: start + MovePlan.time(of: number, at: instants, every: every))
    }
  }

  private static func time(of number: Int, at instants: [TimeSpan], every: TimeSpan) -> TimeSpan {
    guard number > 0 else { return .zero }
    guard number > instants.count else { return instants[number - 1] }
    return (instants.last ?? .zero) + (number - instants.count) * every
  }

  /// Whether servers know of a turn only when they are told.
  package var isAskedFor: Bool {
    if case .requests = self { return true }
    return false
  }
}
