package import Packets
package import TopologyModel

/// The agent of a node whose VIP is handed over on request: the server that is asked for takes it, the
/// one that has it gives it up, if its method is to. It is told each move ahead of its time.
package struct Handover: FailoverAgent {
  private let settings: FailoverSettings
  /// `nil` at a node that never holds the VIP and only helps itself to find the holder.
  private let seat: ServerIndex?
  /// Who has the VIP when all that was asked for is done.
  private var holder: ServerIndex
  /// What is to be done, in order.
  private var agenda: [(at: Timestamp, effect: FailoverEffect)] = []
  private var announcements: AnnouncementSeries

  /// From `start` on `holder` has the VIP.
  package init(
    settings: FailoverSettings, seat: ServerIndex?, holder: ServerIndex, start: Timestamp
  ) {
    self.settings = settings
    self.seat = seat
    self.holder = holder
    announcements = AnnouncementSeries(settings)
    if holder == seat { agenda = [(start, .claim(due: start))] }
  }

  package var nextDeadline: Timestamp {
    min(agenda.first?.at ?? .distantFuture, announcements.next)
  }

  package mutating func step(at now: Timestamp) -> FailoverEffect? {
    if let first = agenda.first, first.at <= min(now, announcements.next) {
      agenda.removeFirst()
      if case .claim = first.effect { announcements.begin(at: now) }
      return first.effect
    }
    return announcements.take(at: now) ? .announce : nil
  }

  package mutating func receive(_ input: FailoverInput, at now: Timestamp) {
    guard case .handOver(let turn) = input else { return }
    let due = turn.scheduled + settings.gap
    if turn.holder == seat {
      agenda.append((due, .claim(due: due)))
    } else if holder == seat {
      announcements.end(at: turn.scheduled)
      if settings.releases {
        agenda.append((turn.scheduled + max(.zero, settings.overlap), .release))
      }
    }
    if let help = settings.healing, turn.holder != seat {
      agenda.append((due + help.after, .heal(turn.holder)))
    }
    holder = turn.holder
    // Those of one instant stay as they came.
    agenda = agenda.enumerated()
      .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }
}
