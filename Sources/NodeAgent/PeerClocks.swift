import Measurement
import Packets
import TopologyModel

/// What answers to probes tell of the clock of who answers: at times the exchange that tells most.
struct PeerClocks {
  private var best: (peer: NodeID, exchange: ClockExchange)?
  private var told = Timestamp(nanoseconds: 0)

  /// In it two clocks may drift apart by 125 µs.
  private static let interval = TimeSpan.milliseconds(500)

  mutating func record(_ exchange: ClockExchange, with peer: NodeID) {
    // One that cannot be true is none; so is one by a clock that was never set.
    guard exchange.bound >= .zero, exchange.received.nanoseconds > 0,
      exchange.answered.nanoseconds > 0
    else { return }
    if let best, best.peer == peer, best.exchange.bound <= exchange.bound { return }
    best = (peer, exchange)
  }

  /// What there is to tell at `now`, if it is time.
  mutating func take(at now: Timestamp) -> Observation? {
    guard let best, now - told >= PeerClocks.interval || now < told else { return nil }
    (self.best, told) = (nil, now)
    return .clocked(by: best.peer, exchange: best.exchange)
  }
}
