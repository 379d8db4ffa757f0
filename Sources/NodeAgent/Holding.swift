import Packets

/// The latest period in which a server held the VIP.
struct Holding {
  private var since = Timestamp.distantFuture
  private var until = Timestamp.distantFuture

  var isOpen: Bool { since != .distantFuture && until == .distantFuture }

  func covers(_ instant: Timestamp) -> Bool { since <= instant && instant < until }

  /// One that has it already goes on.
  mutating func begin(at instant: Timestamp) {
    if !isOpen { since = instant }
    until = .distantFuture
  }

  mutating func end(at instant: Timestamp) { until = instant }
}
