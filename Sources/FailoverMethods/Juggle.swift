package import Packets
package import TopologyModel

/// The schedule of the Hetzner seed: every server in its turn, by the wall clock alone, so that
/// machines with synchronised clocks agree without a word.
/// The holder at `t` is server `floor(t / every) mod servers`.
package struct Juggle: FailoverMethod {
  private let settings: FailoverSettings
  private let servers: Int
  private let lead: TimeSpan
  private var due: Due
  private var next: Turn

  /// The instants at which each kind of step is due next, in the order in which steps due at the
  /// same instant are taken.
  private struct Due: Sendable {
    var approach = Timestamp.distantFuture
    var release = Timestamp.distantFuture
    var claim: Timestamp
    var announce = Timestamp.distantFuture
    var heal = Timestamp.distantFuture
  }

  /// The server that claimed last.
  private var holder: Int
  /// The server that gives the VIP up next.
  private var releasing: Int

  /// Starts with the server whose turn it is at `start`; or, when that turn is over before
  /// `settle` has passed, with the next one as it begins. `approach` comes `lead` before a turn.
  package init(
    settings: FailoverSettings, servers: Int, start: Timestamp, settle: TimeSpan, lead: TimeSpan
  ) {
    self.settings = settings
    self.servers = servers
    self.lead = lead
    let turn = settings.every.nanoseconds
    let (passed, into) = start.nanoseconds.quotientAndRemainder(dividingBy: turn)
    let isTooLate = turn - into < settle.nanoseconds
    let scheduled = Timestamp(nanoseconds: (isTooLate ? passed + 1 : passed) * turn)
    next = Turn(
      from: nil, to: Juggle.holder(at: scheduled, every: settings.every, servers: servers),
      scheduled: scheduled)
    holder = next.to
    releasing = next.to
    due = Due(claim: max(start, scheduled))
  }

  /// The server whose turn it is at `instant`.
  package static func holder(at instant: Timestamp, every: TimeSpan, servers: Int) -> Int {
    Int(instant.nanoseconds / every.nanoseconds % Int64(servers))
  }

  package var nextDeadline: Timestamp {
    min(min(due.approach, due.release), min(due.claim, min(due.announce, due.heal)))
  }

  package mutating func step(at now: Timestamp) -> FailoverStep? {
    let deadline = nextDeadline
    guard deadline <= now else { return nil }
    if due.approach == deadline {
      due.approach = .distantFuture
      due.release = next.scheduled + max(.zero, settings.overlap)
      releasing = holder
      return .approach(next)
    }
    if due.release == deadline {
      due.release = .distantFuture
      // In a gap nobody announces what nobody holds.
      if releasing == holder { due.announce = .distantFuture }
      return .release(releasing)
    }
    if due.claim == deadline {
      return .claim(takeNext(at: now))
    }
    if due.announce == deadline {
      due.announce = deadline + settings.announceEvery
      return .announce(holder)
    }
    due.heal = .distantFuture
    return .heal(holder)
  }

  /// Makes the next turn the present one and schedules the one after it.
  private mutating func takeNext(at now: Timestamp) -> Turn {
    let turn = next
    holder = turn.to
    let begin = turn.scheduled + settings.every
    next = Turn(
      from: turn.to, to: Juggle.holder(at: begin, every: settings.every, servers: servers),
      scheduled: begin)
    due.approach = begin - lead
    due.claim = begin + max(.zero, .zero - settings.overlap)
    due.announce = now
    if let healing = settings.healing { due.heal = now + healing.after }
    return turn
  }
}
