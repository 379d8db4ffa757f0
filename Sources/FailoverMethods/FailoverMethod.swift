package import Packets

/// One period in which one server holds the VIP. Servers are counted from 0 in the order of the
/// topology file.
package struct Turn: Hashable, Sendable {
  /// The server that held it before; `nil` at the start.
  package let from: Int?
  package let to: Int
  /// The instant the schedule names for the move.
  package let scheduled: Timestamp

  package init(from: Int?, to: Int, scheduled: Timestamp) {
    self.from = from
    self.to = to
    self.scheduled = scheduled
  }
}

/// What a failover method asks to be done, now.
package enum FailoverStep: Hashable, Sendable {
  /// `turn` is about to begin: from here on, what is seen belongs to it.
  case approach(Turn)
  case claim(Turn)
  /// The server gives the VIP up.
  case release(Int)
  /// The holder announces the VIP.
  case announce(Int)
  /// Those that still miss the holder are to be helped.
  case heal(Int)
}

/// When the VIP moves, as a state machine: it is told the time and answers what is due. It does
/// nothing itself, so its timing is tested without waiting.
package protocol FailoverMethod: Sendable {
  /// When the next step is due.
  var nextDeadline: Timestamp { get }

  /// The next step due at or before `now`; to be called until it returns `nil`.
  mutating func step(at now: Timestamp) -> FailoverStep?
}
