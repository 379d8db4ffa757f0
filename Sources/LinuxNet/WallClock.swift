import Glibc
package import Packets

/// The clock whose time the kernel puts on packets.
package enum WallClock {
  /// `CLOCK_REALTIME`.
  package static var now: Timestamp { Timestamp(nanoseconds: read(CLOCK_REALTIME)) }

  /// `CLOCK_MONOTONIC`: what no step of the clock moves.
  package static var monotonic: Timestamp { Timestamp(nanoseconds: read(CLOCK_MONOTONIC)) }

  /// `CLOCK_REALTIME` less `CLOCK_MONOTONIC`: constant but for steps and slewing of the wall clock.
  package static var offsetFromMonotonic: TimeSpan {
    var best = (uncertainty: Int64.max, offset: Int64(0))
    for _ in 0..<3 {
      let before = read(CLOCK_MONOTONIC)
      let wall = read(CLOCK_REALTIME)
      let after = read(CLOCK_MONOTONIC)
      if after - before < best.uncertainty {
        best = (after - before, wall - (before + after) / 2)
      }
    }
    return TimeSpan(nanoseconds: best.offset)
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
