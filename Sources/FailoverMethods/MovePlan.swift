package import Packets
package import TopologyModel

/// When the VIP is to move in a round, and to whom, turn by turn; turn 0 is the first of the round.
package enum MovePlan: Sendable {
  case schedule(JuggleSchedule)
  /// Asked for, a turn's length apart: the first server has the VIP from `start` on.
  case requests(start: Timestamp, every: TimeSpan)

  /// `nil` where daemons decide.
  package init?(_ failover: FailoverSettings, servers: Int, start: Timestamp, settle: TimeSpan) {
    switch failover.method {
    case .juggle:
      self = .schedule(
        JuggleSchedule(every: failover.every, servers: servers, start: start, settle: settle))
    case .handover, .script: self = .requests(start: start, every: failover.every)
    case .heartbeat, .vrrp: return nil
    }
  }

  package func turn(_ number: Int) -> Turn {
    switch self {
    case .schedule(let schedule): schedule.turn(number)
    // From the primary to the secondary and back.
    case .requests(let start, let every):
      Turn(holder: ServerIndex(rawValue: number % 2), scheduled: start + number * every)
    }
  }

  /// Whether servers know of a turn only when they are told.
  package var isAskedFor: Bool {
    if case .requests = self { return true }
    return false
  }
}
