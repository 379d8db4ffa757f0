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
  /// The segment that heartbeats cross; `nil` for the path.
  @Nullable package var over: String?
  /// Of the servers, in their order; `nil` for the usual ones.
  @Nullable package var priorities: [Int]?

  package init(
    every: TimeSpan = .milliseconds(100), dead: TimeSpan? = nil, preempts: Bool = true,
    hasDyingBreath: Bool = true, over: String? = nil, priorities: [Int]? = nil
  ) {
    self.every = every
    self.dead = dead ?? 3 * every
    self.preempts = preempts
    self.hasDyingBreath = hasDyingBreath
    self.over = over
    self.priorities = priorities
  }

  /// Of the first server, and of the second.
  private static let usualPriorities = [254, 200]

  /// Of the server at that place of the pair.
  package func priority(of rank: Int) -> UInt8 {
    UInt8(clamping: (priorities ?? HeartbeatSettings.usualPriorities)[min(rank, 1)])
  }

  /// How long the other waits at most when one has gone.
  var longestPatience: TimeSpan {
    max(patience(priority: priority(of: 0)), patience(priority: priority(of: 1)))
  }

  /// How long one of that priority waits for a word of an active peer.
  package func patience(priority: UInt8) -> TimeSpan { dead + skew(priority: priority) }

  /// The lower the priority, the longer (Skew_Time of RFC 5798, section 6.1).
  private func skew(priority: UInt8) -> TimeSpan { (256 - Int(priority)) * every / 256 }

  private enum CodingKeys: String, CodingKey {
    case over, priorities
    case every = "every_ns"
    case dead = "dead_ns"
    case preempts = "preempt"
    case hasDyingBreath = "dying_breath"
  }
}
