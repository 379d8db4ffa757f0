import Packets

/// What is known of one clock by another: readings, and time as it is told by them.
struct ComparedClock: Sendable {
  struct Reading: Sendable {
    /// By the clock itself.
    let at: Timestamp
    /// What is to be added to its instants.
    let offset: TimeSpan
    let bound: TimeSpan
  }

  /// From an instant of the clock on the offset goes from one value to another.
  private struct Slew: Sendable {
    let since: Timestamp
    let from: TimeSpan
    let to: TimeSpan

    func offset(at instant: Timestamp) -> TimeSpan {
      let most = max(.zero, instant - since) * ComparedClock.slew
      let whole = to - from
      return from + max(.zero - most, min(most, whole))
    }
  }

  /// Parts per million: no clock of a machine drifts faster, and adjtimex(2) slews no faster.
  private static let drift: Int64 = 250
  private static let slew: Int64 = 500
  private static let keptReadings = 240
  private static let keptSlews = 64

  private var readings: [Reading] = []
  private var slews: [Slew] = []
  var isUsed = false
  private(set) var target = TimeSpan.zero

  mutating func record(_ reading: Reading) {
    // Readings that cannot all be true: the clock was set since.
    let isSet = readings.contains { old in
      (reading.offset - old.offset).magnitude > reading.bound + doubt(of: old, at: reading.at)
    }
    if isSet { readings = [] }
    readings.append(reading)
    if readings.count > ComparedClock.keptReadings { readings.removeFirst() }
    let best = readings.min { doubt(of: $0, at: reading.at) < doubt(of: $1, at: reading.at) }
    target = best?.offset ?? .zero
    follow(from: reading.at, byLeap: isSet || !isUsed)
  }

  /// By how much a reading can be wrong some time later or earlier.
  private func doubt(of reading: Reading, at instant: Timestamp) -> TimeSpan {
    reading.bound + (instant - reading.at).magnitude * ComparedClock.drift
  }

  private mutating func follow(from instant: Timestamp, byLeap: Bool) {
    if byLeap && !isUsed { slews = [] }
    let from = slews.isEmpty || byLeap ? target : offset(at: instant)
    slews.append(Slew(since: instant, from: from, to: target))
    if slews.count > ComparedClock.keptSlews { slews.removeFirst() }
  }

  func offset(at instant: Timestamp) -> TimeSpan {
    let slew = slews.last { $0.since <= instant } ?? slews.first
    return slew?.offset(at: instant) ?? .zero
  }

  /// By how much an instant of the clock can be wrong that `offset` was added to.
  func error(of offset: TimeSpan, at instant: Timestamp) -> TimeSpan {
    readings.map { doubt(of: $0, at: instant) + ($0.offset - offset).magnitude }.min() ?? .zero
  }

  /// The same of what it is told to be.
  func bound(at instant: Timestamp) -> TimeSpan { error(of: offset(at: instant), at: instant) }
}

extension TimeSpan {
  fileprivate var magnitude: TimeSpan { max(self, .zero - self) }

  /// So many parts per million of it.
  fileprivate static func * (span: TimeSpan, partsPerMillion: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: span.nanoseconds / 1_000 * partsPerMillion / 1_000)
  }
}
