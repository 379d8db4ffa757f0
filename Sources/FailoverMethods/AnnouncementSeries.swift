import Packets
import TopologyModel

/// A holder's announcements: the first as it takes the VIP, and more of them a given time apart, as many
/// as there are to be, until the next server's turn.
struct AnnouncementSeries: Hashable, Sendable {
  private let every: TimeSpan
  private let count: Int?
  private var left = 0
  private var end = Timestamp.distantFuture
  private(set) var next = Timestamp.distantFuture

  init(_ settings: FailoverSettings) {
    every = settings.announceEvery
    count = settings.announceCount
  }

  mutating func begin(at now: Timestamp, until end: Timestamp = .distantFuture) {
    left = count ?? .max
    self.end = end
    next = now < end ? now : .distantFuture
  }

  /// None is due from `instant` on.
  mutating func end(at instant: Timestamp) {
    end = instant
    if next >= end { next = .distantFuture }
  }

  /// Whether one is due.
  mutating func take(at now: Timestamp) -> Bool {
    guard next <= now else { return false }
    left -= 1
    let following = next + every
    next = left > 0 && following < end ? following : .distantFuture
    return true
  }
}
