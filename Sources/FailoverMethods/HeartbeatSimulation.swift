package import Packets
package import TopologyModel

/// What comes of a pair of heartbeat servers on a network that is not perfect, by simulation: how soon a
/// crash is noticed, and how often one that is well is taken for dead.
package struct HeartbeatSimulation: Sendable {
  private let failover: FailoverSettings
  private let network: SimulatedNetwork
  /// How the process of the holder stands still again and again.
  private let freeze: Freeze?
  private let seed: UInt64

  /// On a segment that is shaped like that.
  package init(_ failover: FailoverSettings, on shaping: Shaping, freeze: Freeze?, seed: UInt64) {
    self.failover = failover
    self.freeze = freeze
    self.seed = seed
    network = SimulatedNetwork(
      delay: (shaping.delay - shaping.jitter)...(shaping.delay + shaping.jitter),
      loss: shaping.loss)
  }

  /// Until both have found their places.
  private var settling: TimeSpan { 4 * failover.detection + .seconds(1) }

  /// How often the passive one took the VIP from an active one within that time.
  package func falseTakeovers(within span: TimeSpan) -> Int {
    var pair = SimulatedPair(failover, on: network, seed: seed)
    pair.run(settling)
    let before = pair.claims.reduce(0, +)
    guard let freeze else {
      pair.run(span)
      return pair.claims.reduce(0, +) - before
    }
    for _ in 0..<max(1, span.nanoseconds / freeze.every.nanoseconds) {
      // The machine knows nothing of the heartbeats' rhythm.
      let phase = TimeSpan(
        nanoseconds: Int64((2 * pair.chance() - 1) * Double(failover.interval.nanoseconds / 2)))
      pair.run(max(.zero, freeze.every - freeze.lasting + phase))
      let holder = pair.haveVIP[0] ? 0 : 1
      pair.begin(.stop, at: holder)
      pair.run(freeze.lasting)
      pair.end(.stop, at: holder)
    }
    pair.run(settling)
    return pair.claims.reduce(0, +) - before
  }

  /// From each of so many crashes of the holder until the other had the VIP.
  package func detections(of crashes: Int) -> [TimeSpan] {
    var pair = SimulatedPair(failover, on: network, seed: seed)
    pair.run(settling)
    var found: [TimeSpan] = []
    for _ in 0..<crashes {
      // At any moment between two heartbeats.
      pair.run(TimeSpan(nanoseconds: Int64(pair.chance() * Double(failover.interval.nanoseconds))))
      let holder = pair.haveVIP[0] ? 0 : 1
      let wasAlone = !pair.haveVIP[1 - holder]
      let begun = pair.now
      pair.begin(.crash, at: holder)
      pair.run(settling)
      if wasAlone, let claimed = pair.claimed[1 - holder], claimed >= begun {
        found.append(claimed - begun)
      }
      pair.end(.crash, at: holder)
      pair.run(settling)
    }
    return found
  }
}
