package import Packets

/// How a pair of servers watch each other.
package struct HeartbeatSettings: Codable, Hashable, Sendable {
  /// Between two heartbeats.
  package var every: TimeSpan
  /// Without a word of an active peer.
  package var dead: TimeSpan
  /// Whether the one of the higher priority takes the VIP back when it has returned.
  package var preempts: Bool
  /// Whether one that gives the VIP up to an active peer says once more that it was active, and goes on
  /// saying so.
  package var hasDyingBreath: Bool

  package init(
    every: TimeSpan = .milliseconds(100), dead: TimeSpan? = nil, preempts: Bool = true,
    hasDyingBreath: Bool = true
  ) {
    self.every = every
    self.dead = dead ?? 3 * every
    self.preempts = preempts
    self.hasDyingBreath = hasDyingBreath
  }

  /// Of the first server, and of the second.
  package static let priorities: [UInt8] = [254, 200]

  /// How long one of that priority waits for a word of an active peer.
  package func patience(priority: UInt8) -> TimeSpan { dead + skew(priority: priority) }

  /// The lower the priority, the longer (Skew_Time of RFC 5798, section 6.1).
  private func skew(priority: UInt8) -> TimeSpan { (256 - Int(priority)) * every / 256 }

  private enum CodingKeys: String, CodingKey {
    case every = "every_ns"
    case dead = "dead_ns"
    case preempts = "preempt"
    case hasDyingBreath = "dying_breath"
  }
}
