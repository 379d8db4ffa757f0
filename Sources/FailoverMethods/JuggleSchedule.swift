package import Packets
package import TopologyModel

/// The schedule of the Hetzner seed: every server in its turn, by the wall clock alone, so that
/// machines with synchronised clocks agree without a word.
/// The holder at `t` is server `floor(t / every) mod servers`.
package struct JuggleSchedule: Hashable, Sendable {
  package let every: TimeSpan
  package let servers: Int
  /// When the round begins.
  package let start: Timestamp
  /// The instant at which the first turn of the round is due; before `start` where that is in its
  /// midst.
  package let first: Timestamp

  /// Begins with the server whose turn it is at `start`; or, when that turn is over before `settle`
  /// has passed, with the next one as it begins.
  package init(every: TimeSpan, servers: Int, start: Timestamp, settle: TimeSpan) {
    self.every = every
    self.servers = servers
    self.start = start
    let turn = every.nanoseconds
    let (passed, into) = start.nanoseconds.quotientAndRemainder(dividingBy: turn)
    let isTooLate = turn - into < settle.nanoseconds
    first = Timestamp(nanoseconds: (isTooLate ? passed + 1 : passed) * turn)
  }

  /// The server whose turn it is at `instant`.
  package static func holder(at instant: Timestamp, every: TimeSpan, servers: Int) -> ServerIndex {
    ServerIndex(rawValue: Int(instant.nanoseconds / every.nanoseconds % Int64(servers)))
  }

  /// The turn with number `number`; turn 0 is the first of the round.
  package func turn(_ number: Int) -> Turn {
    let scheduled = first + number * every
    return Turn(
      holder: JuggleSchedule.holder(at: scheduled, every: every, servers: servers),
      scheduled: scheduled)
  }
}
