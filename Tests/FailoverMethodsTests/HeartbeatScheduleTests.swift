import FailoverMethods
import Packets
import TestSupport
import Testing
import TopologyModel

/// What comes of thousands of seeded faults, one after the other, in a pair on a network that delays and
/// loses their words.
@Suite(.takesTurns, .besideOthers) struct HeartbeatScheduleTests {
  private static let settings = HeartbeatSettings(every: .milliseconds(10))
  /// A word takes 2 ms at most, as an announcement does; one in fifty is lost.
  private static let network = SimulatedNetwork(
    delay: TimeSpan(nanoseconds: 1)...(.milliseconds(2)), loss: 0.02)
  /// Between the end of a fault and the next one.
  private static let calm = TimeSpan.milliseconds(100)

  /// What the documentation says of an outage: from a crash to the other's first announcement.
  private static let bound =
    settings.patience(
      priority: settings.priority(of: 1)) + 2 * network.delay.upperBound

  @Test func theNetworkHealedThereIsOneHolderAndClientsKnowIt() {
    var longest = TimeSpan.zero
    for seed in 0..<UInt64(10_000) {
      var pair = SimulatedPair(
        .announcedOnce(HeartbeatScheduleTests.settings), on: HeartbeatScheduleTests.network,
        seed: seed)
      pair.run(HeartbeatScheduleTests.calm)
      for _ in 0..<2 {
        let fault = SimulatedPair.Fault.allCases.randomElement(using: &pair.random)!
        let server = Int.random(in: 0...1, using: &pair.random)
        pair.begin(fault, at: server)
        pair.run(.milliseconds(Int64.random(in: 1...80, using: &pair.random)))
        pair.end(fault, at: server)
        pair.run(HeartbeatScheduleTests.calm)
        let holders = pair.haveVIP.indices.filter { pair.haveVIP[$0] }
        #expect(holders.count == 1, "seed \(seed) \(fault) \(server)")
        #expect(pair.entry == holders.first, "seed \(seed)")
      }
      longest = max(longest, pair.longestOutage)
      #expect(pair.longestOutage <= HeartbeatScheduleTests.bound, "seed \(seed)")
    }
    // It is no bound that nothing comes near.
    #expect(longest > HeartbeatScheduleTests.settings.dead)
  }
}
