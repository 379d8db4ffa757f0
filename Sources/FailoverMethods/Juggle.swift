package import Packets
package import TopologyModel

/// The agent of a node whose VIP moves by `JuggleSchedule`: told nothing but the time.
package struct Juggle: FailoverAgent {
  private let settings: FailoverSettings
  private let schedule: JuggleSchedule
  /// `nil` at a node that never holds the VIP and only helps itself to find the holder.
  private let seat: ServerIndex?
  /// The number of the turn whose claim, and of the one whose help, comes next.
  private var claiming = 0
  private var healing = 0
  private var due = Due()

  /// The instants at which each kind of effect is due next, in the order in which effects due at
  /// the same instant are taken.
  private struct Due: Sendable {
    var release = Timestamp.distantFuture
    var claim = Timestamp.distantFuture
    var heal = Timestamp.distantFuture
  }

  private var announcements: AnnouncementSeries

  package init(settings: FailoverSettings, schedule: JuggleSchedule, seat: ServerIndex?) {
    self.settings = settings
    self.schedule = schedule
    self.seat = seat
    announcements = AnnouncementSeries(settings)
    scheduleClaim()
    scheduleHealing()
  }

  package var nextDeadline: Timestamp {
    min(min(due.release, due.claim), min(announcements.next, due.heal))
  }

  package mutating func step(at now: Timestamp) -> FailoverEffect? {
    let deadline = nextDeadline
    guard deadline <= now else { return nil }
    if due.release == deadline {
      due.release = .distantFuture
      return .release
    }
    if due.claim == deadline { return claim(at: now) }
    if announcements.take(at: deadline) { return .announce }
    let holder = schedule.turn(healing).holder
    healing += 1
    scheduleHealing()
    return .heal(holder)
  }

  private mutating func claim(at now: Timestamp) -> FailoverEffect {
    let nominal = schedule.turn(claiming).scheduled + settings.gap
    let end = schedule.turn(claiming + 1).scheduled
    if settings.releases { due.release = end + max(.zero, settings.overlap) }
    announcements.begin(at: now, until: end)
    claiming += 1
    scheduleClaim()
    return .claim(due: nominal)
  }

  private mutating func scheduleClaim() {
    guard let seat else { return }
    while schedule.turn(claiming).holder != seat { claiming += 1 }
    due.claim = instant(ofTurn: claiming)
  }

  /// Its own turns are no trouble to it.
  private mutating func scheduleHealing() {
    guard let help = settings.healing else { return }
    while schedule.turn(healing).holder == seat { healing += 1 }
    due.heal = instant(ofTurn: healing) + help.after
  }

  /// When the VIP is taken for a turn: after the gap, if there is one, and not before the round.
  private func instant(ofTurn number: Int) -> Timestamp {
    max(schedule.start, schedule.turn(number).scheduled + settings.gap)
  }
}
