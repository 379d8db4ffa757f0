import LinuxNet
import Packets
import TopologyModel

/// What nodes were told of their clocks: by how much each is ahead of this one's.
struct ClockAlignment {
  private var told: [NodeID: TimeSpan] = [:]
  private var looked = Timestamp(nanoseconds: 0)

  /// How often clocks are looked at; and a node is told of less as a round begins only.
  private static let looks = TimeSpan.milliseconds(100)
  private static let leastAdjustment = TimeSpan.microseconds(200)

  mutating func begin(_ node: NodeID, ahead: TimeSpan) { told[node] = ahead }

  /// Nobody moves anything any longer.
  mutating func end() { told = [:] }

  /// Those whose clocks have drifted since, or are better known by now, as `ahead` has them.
  mutating func adjustments(
    _ ahead: (NodeID) -> TimeSpan
  ) -> [(node: NodeID, ahead: TimeSpan)] {
    guard WallClock.monotonic - looked > ClockAlignment.looks else { return [] }
    looked = WallClock.monotonic
    return told.compactMap { node, before in
      let now = ahead(node)
      guard max(now - before, before - now) >= ClockAlignment.leastAdjustment else { return nil }
      told[node] = now
      return (node, now)
    }
  }
}
