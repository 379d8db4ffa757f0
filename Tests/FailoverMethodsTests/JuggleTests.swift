import FailoverMethods
import Packets
import Testing
import TopologyModel

@Suite struct JuggleTests {
  private func settings(
    overlap: TimeSpan = .zero, announceEvery: TimeSpan = .milliseconds(400),
    healing: Healing? = nil
  ) -> FailoverSettings {
    FailoverSettings(
      method: .juggle, every: .seconds(1), announceEvery: announceEvery, form: .request,
      overlap: overlap, stuckAfter: .milliseconds(750), healing: healing)
  }

  private func instant(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: 1_000_000_000_000) + .milliseconds(milliseconds)
  }

  /// What one agent asked for, and when, in milliseconds.
  private struct Step: Equatable {
    var at: Int64
    var seat: ServerIndex?
    var effect: FailoverEffect

    init(_ at: Int64, _ seat: ServerIndex?, _ effect: FailoverEffect) {
      self.at = at
      self.seat = seat
      self.effect = effect
    }
  }

  /// The agents of `servers` servers and of one client, each on its own, in the order of time.
  private func steps(
    _ settings: FailoverSettings, start: Int64, until end: Int64, servers: Int = 2
  ) -> [Step] {
    let schedule = JuggleSchedule(
      every: settings.every, servers: servers, start: instant(start), settle: .milliseconds(500))
    let seats: [ServerIndex?] = (0..<servers).map { ServerIndex(rawValue: $0) } + [nil]
    var found: [Step] = []
    for seat in seats {
      var agent = Juggle(settings: settings, schedule: schedule, seat: seat)
      while agent.nextDeadline <= instant(end) {
        let now = agent.nextDeadline
        while let effect = agent.step(at: now) {
          found.append(Step((now - instant(0)).nanoseconds / 1_000_000, seat, effect))
        }
      }
    }
    return found.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
      .map(\.element)
  }

  @Test func aTurnIsClaimedAtItsInstantAndAnnouncedUntilTheNext() {
    let found = steps(settings(), start: 200, until: 1_400)
    #expect(
      found == [
        Step(200, 0, .claim(due: instant(0))), Step(200, 0, .announce), Step(600, 0, .announce),
        Step(1_000, 0, .release),
        Step(1_000, 1, .claim(due: instant(1_000))), Step(1_000, 1, .announce),
        Step(1_400, 1, .announce),
      ])
  }

  @Test func aTurnThatIsNearlyOverIsLeftOut() {
    let found = steps(settings(), start: 700, until: 1_000)
    #expect(
      found == [Step(1_000, 1, .claim(due: instant(1_000))), Step(1_000, 1, .announce)])
  }

  private func moves(_ settings: FailoverSettings, until end: Int64) -> [Step] {
    steps(settings, start: 0, until: end).filter { $0.effect != .announce }
  }

  @Test func anOverlapReleasesAfterTheClaim() {
    #expect(
      moves(settings(overlap: .milliseconds(50)), until: 2_100) == [
        Step(0, 0, .claim(due: instant(0))), Step(1_000, 1, .claim(due: instant(1_000))),
        Step(1_050, 0, .release),
        Step(2_000, 0, .claim(due: instant(2_000))),
        Step(2_050, 1, .release),
      ])
  }

  @Test func aGapReleasesBeforeTheClaim() {
    #expect(
      moves(settings(overlap: .milliseconds(-50)), until: 1_100) == [
        Step(50, 0, .claim(due: instant(50))), Step(1_000, 0, .release),
        Step(1_050, 1, .claim(due: instant(1_050))),
      ])
  }

  @Test func inAGapNobodyAnnounces() {
    let settings = settings(overlap: .milliseconds(-50), announceEvery: .milliseconds(20))
    let announced = steps(settings, start: 0, until: 1_100).filter { $0.effect == .announce }
    #expect(announced.contains { $0.at == 990 } && announced.contains { $0.at == 1_050 })
    #expect(!announced.contains { (1_000..<1_050).contains($0.at) })
  }

  @Test func helpComesSomeTimeAfterEachClaimToAllButTheHolder() {
    let healing = Healing(method: .pingPrimary, after: .milliseconds(300))
    let helped = steps(settings(healing: healing), start: 200, until: 1_900).filter {
      if case .heal = $0.effect { true } else { false }
    }
    #expect(
      helped == [
        Step(500, 1, .heal(0)), Step(500, nil, .heal(0)), Step(1_300, 0, .heal(1)),
        Step(1_300, nil, .heal(1)),
      ])
  }

  @Test func machinesWithOneClockAgreeOnTheHolder() {
    for second in Int64(0)..<20 {
      let holder = JuggleSchedule.holder(
        at: instant(second * 1_000 + 300), every: .seconds(1), servers: 5)
      #expect(holder.rawValue == Int((1_000 + second) % 5))
    }
  }

  /// Whoever is held up takes every step, in order, and announces no turn that is over.
  @Test func aLateCallerGetsEveryStepInOrder() {
    let schedule = JuggleSchedule(
      every: .seconds(1), servers: 2, start: instant(0), settle: .milliseconds(500))
    var agent = Juggle(settings: settings(), schedule: schedule, seat: 0)
    var late: [FailoverEffect] = []
    while let effect = agent.step(at: instant(2_500)) { late.append(effect) }
    #expect(
      late == [
        .claim(due: instant(0)), .release, .claim(due: instant(2_000)),
        .announce,
      ])
  }
}
