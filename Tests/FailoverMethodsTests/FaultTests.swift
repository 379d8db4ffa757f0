import FailoverMethods
import Packets
import Testing
import TopologyModel

@Suite struct FaultTests {
  private func instant(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: 1_000_000_000_000) + .milliseconds(milliseconds)
  }

  @Test func thoseOfAListComeInTurnAndAnew() {
    let schedule = FaultSchedule(
      [
        FaultPlan(.crash, every: .seconds(3), lasting: .seconds(1)),
        FaultPlan(.stop, every: .seconds(5), lasting: .seconds(2)),
      ], start: instant(0), scatter: .zero, seed: 1)
    let begins: [Int64] = [0, 3_000, 8_000, 11_000]
    for (number, begin) in begins.enumerated() {
      let isCrash = number % 2 == 0
      #expect(
        schedule.fault(number)
          == Fault(
            isCrash ? .crash : .stop, begin: instant(begin),
            end: instant(begin + (isCrash ? 1_000 : 2_000))))
    }
  }

  @Test func theyAreScatteredBySeed() {
    func offsets(_ seed: UInt64) -> [TimeSpan] {
      let schedule = FaultSchedule(
        [FaultPlan(.crash, every: .seconds(3), lasting: .seconds(1))], start: instant(0),
        scatter: .milliseconds(100), seed: seed)
      return (0..<50).map { schedule.fault($0).begin - (instant(0) + $0 * .seconds(3)) }
    }
    let all = offsets(7)
    #expect(all.allSatisfy { $0 >= .zero && $0 <= .milliseconds(100) })
    #expect(all.min()! < .milliseconds(10) && all.max()! > .milliseconds(90))
    #expect(all == offsets(7) && all != offsets(8))
  }

  @Test func noneBeginsBeforeTheOneBeforeItIsOver() {
    let schedule = FaultSchedule(
      [FaultPlan(.crash, every: .seconds(1), lasting: .milliseconds(900))], start: instant(0),
      scatter: .milliseconds(400), seed: 3)
    for number in 0..<50 {
      #expect(schedule.fault(number).end < schedule.fault(number + 1).begin)
    }
  }

  @Test func aFlappingLinkIsInAndOutUntilItIsMended() {
    var agent = FaultInjection()
    agent.receive(
      .fault(Fault(.linkFlap, begin: instant(500), end: instant(1_600))), at: instant(200))
    var deeds: [(TimeSpan, FailoverEffect)] = []
    while agent.nextDeadline < .distantFuture {
      let now = agent.nextDeadline
      while let effect = agent.step(at: now) { deeds.append((now - instant(0), effect)) }
    }
    #expect(deeds.map(\.0) == [500, 750, 1_000, 1_250, 1_500, 1_600].map { .milliseconds($0) })
    #expect(
      deeds.map(\.1) == [
        .breakDown(.linkFlap, due: instant(500)), .plug(isIn: true), .plug(isIn: false),
        .plug(isIn: true), .plug(isIn: false), .mend(.linkFlap, due: instant(1_600)),
      ])
  }

  @Test func whatBreaksIsMended() {
    var agent = FaultInjection()
    #expect(agent.nextDeadline == .distantFuture)
    agent.receive(
      .fault(Fault(.kill, begin: instant(500), end: instant(900))), at: instant(200))
    #expect(agent.nextDeadline == instant(500))
    #expect(agent.step(at: instant(499)) == nil)
    // Late, and it says so by when it was due.
    #expect(agent.step(at: instant(520)) == .breakDown(.kill, due: instant(500)))
    #expect(agent.step(at: instant(520)) == nil)
    #expect(agent.step(at: instant(900)) == .mend(.kill, due: instant(900)))
    #expect(agent.nextDeadline == .distantFuture)
  }
}
