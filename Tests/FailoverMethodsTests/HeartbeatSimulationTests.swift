import FailoverMethods
import Packets
import Testing
import TopologyModel

@Suite struct HeartbeatSimulationTests {
  private func simulation(
    every: TimeSpan, _ impairment: String = "none", preempts: Bool = true
  ) throws -> HeartbeatSimulation {
    let impairment = try #require(Impairment(impairment))
    let shaping = Shaping(
      delay: impairment.delay, jitter: impairment.jitter, loss: impairment.loss, rate: nil)
    return HeartbeatSimulation(
      .announcedOnce(HeartbeatSettings(every: every, preempts: preempts)), on: shaping,
      freeze: impairment.freeze, seed: 7)
  }

  @Test(arguments: [TimeSpan.milliseconds(10), .milliseconds(100), .seconds(1)])
  func aCrashIsNoticedAfterTheDeadTimeAndNobodyElseIsTakenForDead(every: TimeSpan) throws {
    let simulation = try simulation(every: every)
    #expect(simulation.falseTakeovers(within: 5_000 * every) == 0)
    let detections = simulation.detections(of: 200)
    #expect(detections.count == 200)
    let patience = HeartbeatSettings(every: every).patience(
      priority: HeartbeatSettings().priority(of: 1))
    // Up to an interval has passed since the last heartbeat.
    #expect(detections.allSatisfy { patience - every <= $0 && $0 <= patience })
    let (least, most) = (detections.min()!, detections.max()!)
    #expect(most - least > 9 * (every / 10))
  }

  /// Three in a row, each with the chance that one is lost: with 10 % one of a thousand.
  @Test func lossTakesTheLivingForDeadAsOftenAsItMust() throws {
    let found = try simulation(every: .milliseconds(10), "loss 10%")
      .falseTakeovers(within: .seconds(2_000))
    // A row of three or more begins with one that came, and a takeover ends it.
    let expected = 2e5 * 0.1 * 0.1 * 0.1 * 0.9
    #expect(abs(Double(found) - expected) < 4 * expected.squareRoot() + 0.1 * expected, "\(found)")
  }

  @Test(arguments: [true, false])
  func aHolderThatStandsStillForLongerThanTheDeadTimeIsTakenForDead(preempts: Bool) throws {
    let freeze = "freeze 300ms every 10s"
    let fast = try simulation(every: .milliseconds(30), freeze, preempts: preempts)
    #expect(fast.falseTakeovers(within: .seconds(1_000)) == 100)
    // Three heartbeats and the skew are 322 ms; since the last heartbeat up to 100 ms have passed already.
    let slow = try simulation(every: .milliseconds(100), freeze, preempts: preempts)
    let count = slow.falseTakeovers(within: .seconds(10_000))
    #expect(count > 700 && count < 860, "\(count)")
    let slower = try simulation(every: .milliseconds(200), freeze, preempts: preempts)
    #expect(slower.falseTakeovers(within: .seconds(1_000)) == 0)
  }

  /// Words that come late are words; but of two that the network has put far apart the dead time may pass.
  @Test func jitterCountsWhereItIsLongAgainstTheInterval() throws {
    #expect(
      try simulation(every: .milliseconds(100), "jitter 20ms").falseTakeovers(
        within: .seconds(10_000)) == 0)
    #expect(
      try simulation(every: .milliseconds(10), "jitter 100ms").falseTakeovers(
        within: .seconds(1_000)) > 0)
  }

  @Test func theSameSeedGivesTheSame() throws {
    let counts = try (0..<2).map { _ in
      try simulation(every: .milliseconds(10), "loss 5%").falseTakeovers(within: .seconds(1_000))
    }
    #expect(counts[0] == counts[1] && counts[0] > 0)
  }
}
