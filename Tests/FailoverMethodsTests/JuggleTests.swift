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

  /// Every step with the instant, in milliseconds, at which it is due.
  private func steps(
    _ method: inout Juggle, until end: Int64
  ) -> [(at: Int64, step: FailoverStep)] {
    var found: [(Int64, FailoverStep)] = []
    while method.nextDeadline <= instant(end) {
      let now = method.nextDeadline
      while let step = method.step(at: now) {
        found.append(((now - instant(0)).nanoseconds / 1_000_000, step))
      }
    }
    return found
  }

  private func juggle(_ settings: FailoverSettings, start: Int64, servers: Int = 2) -> Juggle {
    Juggle(
      settings: settings, servers: servers, start: instant(start), settle: .milliseconds(500),
      lead: .milliseconds(100))
  }

  private func turn(_ from: Int?, _ to: Int, _ at: Int64) -> Turn {
    Turn(from: from, to: to, scheduled: instant(at))
  }

  @Test func aTurnIsClaimedAtItsInstantAndAnnouncedUntilTheNext() {
    var method = juggle(settings(), start: 200)
    let found = steps(&method, until: 1_400)
    let expected: [(Int64, FailoverStep)] = [
      (200, .claim(turn(nil, 0, 0))), (200, .announce(0)), (600, .announce(0)),
      (900, .approach(turn(0, 1, 1_000))),
      (1_000, .release(0)), (1_000, .claim(turn(0, 1, 1_000))), (1_000, .announce(1)),
      (1_400, .announce(1)),
    ]
    #expect(found.map(\.at) == expected.map(\.0))
    #expect(found.map(\.step) == expected.map(\.1))
  }

  @Test func aTurnThatIsNearlyOverIsLeftOut() {
    var method = juggle(settings(), start: 700)
    let found = steps(&method, until: 1_000)
    #expect(found.map(\.at) == [1_000, 1_000])
    #expect(found.first?.step == .claim(turn(nil, 1, 1_000)))
  }

  @Test func anOverlapReleasesAfterTheClaim() {
    var method = juggle(settings(overlap: .milliseconds(50)), start: 0)
    let moves = steps(&method, until: 2_100).filter { !isAnnouncement($0.step) }
    #expect(
      moves.map(\.step) == [
        .claim(turn(nil, 0, 0)), .approach(turn(0, 1, 1_000)), .claim(turn(0, 1, 1_000)),
        .release(0), .approach(turn(1, 0, 2_000)), .claim(turn(1, 0, 2_000)), .release(1),
      ])
    #expect(moves.map(\.at) == [0, 900, 1_000, 1_050, 1_900, 2_000, 2_050])
  }

  @Test func aGapReleasesBeforeTheClaim() {
    var method = juggle(settings(overlap: .milliseconds(-50)), start: 0)
    let moves = steps(&method, until: 1_100).filter { !isAnnouncement($0.step) }
    #expect(moves.map(\.at) == [0, 900, 1_000, 1_050])
    #expect(
      moves.map(\.step) == [
        .claim(turn(nil, 0, 0)), .approach(turn(0, 1, 1_000)), .release(0),
        .claim(turn(0, 1, 1_000)),
      ])
  }

  @Test func inAGapNobodyAnnounces() {
    let settings = settings(overlap: .milliseconds(-50), announceEvery: .milliseconds(20))
    var method = juggle(settings, start: 0)
    let announced = steps(&method, until: 1_100).filter { isAnnouncement($0.step) }
    #expect(announced.contains { $0.at == 980 } && announced.contains { $0.at == 1_050 })
    #expect(!announced.contains { (1_000..<1_050).contains($0.at) })
  }

  @Test func helpComesSomeTimeAfterEachClaim() {
    let healing = Healing(method: .pingPrimary, after: .milliseconds(300))
    var method = juggle(settings(healing: healing), start: 200)
    let helped = steps(&method, until: 1_900).filter { !isAnnouncement($0.step) }
    #expect(helped.map(\.at) == [200, 500, 900, 1_000, 1_000, 1_300, 1_900])
    #expect(helped[1].step == .heal(0) && helped[5].step == .heal(1))
  }

  @Test func machinesWithOneClockAgreeOnTheHolder() {
    for second in Int64(0)..<20 {
      let holder = Juggle.holder(
        at: instant(second * 1_000 + 300), every: .seconds(1), servers: 5)
      #expect(holder == Int((1_000 + second) % 5))
    }
  }

  @Test func aLateCallerGetsEveryStepInOrder() {
    var method = juggle(settings(announceEvery: .seconds(10)), start: 0)
    var late: [FailoverStep] = []
    while let step = method.step(at: instant(2_500)) { late.append(step) }
    #expect(late.filter { if case .claim = $0 { true } else { false } }.count == 3)
    #expect(late.filter { if case .release = $0 { true } else { false } }.count == 2)
  }

  private func isAnnouncement(_ step: FailoverStep) -> Bool {
    if case .announce = step { true } else { false }
  }
}
