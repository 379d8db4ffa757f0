import Measurement
import Packets
import Testing
import TopologyModel

@Suite struct LossTests {
  private let interval = TimeSpan.milliseconds(1)
  private let newHolder: NodeID = 1

  private func instant(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: milliseconds * 1_000_000)
  }

  private func answered(_ sent: Int64, by node: NodeID = 1) -> OutcomeRun {
    OutcomeRun(
      sent: instant(sent), answered: instant(sent) + .microseconds(100), reflector: node)
  }

  private func lost(_ sent: Int64) -> OutcomeRun {
    OutcomeRun(sent: instant(sent), answered: nil, reflector: 0)
  }

  /// Folds the outcomes into a window whose stuck deadline is `deadline`.
  private func window(
    _ outcomes: [OutcomeRun], deadline: Int64 = 1_000_000
  ) -> ProberWindow {
    var window = ProberWindow(newHolder: newHolder)
    var tracker = LossTracker(interval: interval)
    window.stuckDeadline = instant(deadline)
    for outcome in outcomes { window.record(outcome, tracker: &tracker) }
    window.close(tracker: &tracker)
    return window
  }

  @Test func withoutLossThereIsNone() {
    let seen = window((0..<10).map { answered($0) })
    #expect(seen.lossOfConnectivity == .zero)
    #expect(seen.lost == 0)
    #expect(seen.sent == 10)
  }

  @Test func aHoleLastsFromTheAnswerBeforeToTheAnswerAfter() {
    // Paced late: the three lost probes stand for 4.5 ms.
    let outcomes = [answered(0), lost(1), lost(2), lost(3)]
    let late = OutcomeRun(
      sent: instant(5) + .microseconds(500), answered: instant(6), reflector: 1)
    let seen = window(outcomes + [late])
    #expect(seen.lossOfConnectivity == .microseconds(4_500))
    #expect(seen.lost == 3)
  }

  @Test func holesAddUp() {
    let seen = window([answered(0), lost(1), answered(2), lost(3), lost(4), answered(5)])
    #expect(seen.lossOfConnectivity == .milliseconds(3))
    #expect(seen.lost == 3)
  }

  @Test func aProberThatBeginsInTheHoleCountsFromItsFirstProbe() {
    let seen = window([lost(10), lost(11), answered(12)])
    #expect(seen.lossOfConnectivity == .milliseconds(2))
  }

  @Test func aHoleStillOpenAtTheEndCountsUpToTheEnd() {
    let seen = window([answered(0), lost(1), lost(2)])
    #expect(seen.lossOfConnectivity == .milliseconds(2))
  }

  @Test func aHoleAcrossTwoTransitionsIsSharedOut() {
    var tracker = LossTracker(interval: interval)
    var first = ProberWindow(newHolder: newHolder)
    for outcome in [answered(0), lost(1), lost(2)] { first.record(outcome, tracker: &tracker) }
    first.close(tracker: &tracker)
    var second = ProberWindow(newHolder: newHolder)
    for outcome in [lost(3), answered(4)] { second.record(outcome, tracker: &tracker) }
    second.close(tracker: &tracker)
    #expect(first.lossOfConnectivity == .milliseconds(2))
    #expect(second.lossOfConnectivity == .milliseconds(1))
  }

  @Test func whatWasLostBeforeAPauseIsForgotten() {
    var tracker = LossTracker(interval: interval)
    var seen = ProberWindow(newHolder: newHolder)
    for outcome in [answered(0), lost(1)] { seen.record(outcome, tracker: &tracker) }
    var resumed = answered(1_000)
    resumed.isResuming = true
    seen.record(resumed, tracker: &tracker)
    #expect(seen.lossOfConnectivity == .zero)
  }

  @Test func aTransitionThatMissesAcrossTheDeadlineIsStuck() {
    #expect(window([answered(0), lost(1), lost(2), lost(3), answered(4)], deadline: 2).isStuck)
  }

  @Test func lossThatEndsBeforeTheDeadlineIsNotStuck() {
    let outcomes = [answered(0), lost(1), lost(2), answered(3), lost(8), answered(9)]
    #expect(!window(outcomes, deadline: 4).isStuck)
  }

  @Test func lossThatBeginsAfterTheDeadlineIsNotStuck() {
    #expect(
      !window([answered(0), answered(5), lost(6), lost(7), answered(8)], deadline: 4).isStuck)
  }

  @Test func onlyTheNewHoldersAnswerIsTheFirstReply() {
    let seen = window([answered(0, by: 0), answered(1, by: 0), answered(2), answered(3)])
    #expect(seen.firstReply == instant(2) + .microseconds(100))
  }

  @Test func probesWithTheSameFateMakeOneRun() throws {
    var astray = lost(3)
    astray.misdirectedTo = 0
    let seen = window([
      answered(0, by: 0), answered(1, by: 0), lost(2), astray, answered(4), answered(5),
    ])
    let result = ProberRecord(
      node: "client", window: seen, interval: interval, scheduled: instant(2), verdict: .good,
      evidence: [], name: { ["alpha", "bravo"][Int($0.rawValue)] })
    let runs = try #require(result.probes)
    #expect(runs.map(\.answeredBy) == ["alpha", nil, nil, "bravo"])
    #expect(runs.map(\.misdirectedTo) == [nil, nil, "alpha", nil])
    #expect(runs.map(\.count) == [2, 1, 1, 2])
    #expect(runs[3].first == instant(4) && runs[3].last == instant(5))
  }

  @Test func runsWithoutEndAreCutAndTheCountsStayWhole() throws {
    let seen = window((0..<2_000).map { $0 % 2 == 0 ? answered($0) : lost($0) })
    let result = ProberRecord(
      node: "client", window: seen, interval: interval, scheduled: instant(0), verdict: .good,
      evidence: [], name: { "node\($0.rawValue)" })
    #expect(try #require(result.probes).count == 512)
    #expect(result.probesSent == 2_000 && result.probesLost == 1_000)
  }
}
