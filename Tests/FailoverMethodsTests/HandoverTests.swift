import FailoverMethods
import Packets
import Testing
import TopologyModel

@Suite struct HandoverTests {
  private func settings(
    overlap: TimeSpan = .zero, announcements: Int? = 3, releases: Bool = true,
    healing: Healing? = nil
  ) -> FailoverSettings {
    var settings = FailoverSettings(
      method: .handover, every: .seconds(5), announceEvery: .seconds(1), form: .request,
      overlap: overlap, stuckAfter: .milliseconds(1_500), healing: healing)
    settings.announceCount = announcements
    settings.releases = releases
    return settings
  }

  private func instant(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: 1_000_000_000_000) + .milliseconds(milliseconds)
  }

  /// What the agent at `seat` asks for until `end`, when handovers are asked for `ahead` of their time.
  private func steps(
    _ settings: FailoverSettings, at seat: ServerIndex?, _ turns: [(Int64, ServerIndex)],
    until end: Int64, ahead: Int64 = 300
  ) -> [String] {
    var agent = Handover(settings: settings, seat: seat, holder: 0, start: instant(0))
    var asked = turns[...]
    var found: [String] = []
    for now in 0...end {
      while let (due, holder) = asked.first, due - ahead <= now {
        asked.removeFirst()
        agent.receive(
          .handOver(Turn(holder: holder, scheduled: instant(due))), at: instant(now))
      }
      while let effect = agent.step(at: instant(now)) {
        let word =
          switch effect {
          case .claim(let due): "claim of \((due - instant(0)).nanoseconds / 1_000_000)"
          case .release: "release"
          case .announce: "announce"
          case .heal(let server): "heal \(server.rawValue)"
          case .breakDown, .mend, .plug, .slow: "unexpected"
          }
        found.append("\(now) \(word)")
      }
    }
    return found
  }

  @Test func theOneGivesItUpAndTheOtherTakesIt() {
    let turns: [(Int64, ServerIndex)] = [(4_000, 1), (8_000, 0)]
    #expect(
      steps(settings(), at: 0, turns, until: 9_500) == [
        "0 claim of 0", "0 announce", "1000 announce", "2000 announce", "4000 release",
        "8000 claim of 8000", "8000 announce", "9000 announce",
      ])
    #expect(
      steps(settings(), at: 1, turns, until: 9_500) == [
        "4000 claim of 4000", "4000 announce", "5000 announce", "6000 announce", "8000 release",
      ])
    // A third server and a client have nothing to do.
    #expect(steps(settings(), at: 2, turns, until: 9_500) == [])
    #expect(steps(settings(), at: nil, turns, until: 9_500) == [])
  }

  @Test func anOverlapOrAGapMovesTheOne() {
    let turns: [(Int64, ServerIndex)] = [(4_000, 1)]
    let overlap = settings(overlap: .milliseconds(200), announcements: 1)
    #expect(
      steps(overlap, at: 0, turns, until: 5_000)
        == ["0 claim of 0", "0 announce", "4200 release"])
    #expect(steps(overlap, at: 1, turns, until: 5_000) == ["4000 claim of 4000", "4000 announce"])
    let gap = settings(overlap: .milliseconds(-200), announcements: 1)
    #expect(
      steps(gap, at: 0, turns, until: 5_000) == ["0 claim of 0", "0 announce", "4000 release"])
    #expect(steps(gap, at: 1, turns, until: 5_000) == ["4200 claim of 4200", "4200 announce"])
  }

  /// As the Azure seed's script leaves it: the old holder goes on holding, and announces no more.
  @Test func whoNeverGivesItUpOnlyFallsSilent() {
    let turns: [(Int64, ServerIndex)] = [(1_500, 1), (4_000, 0)]
    #expect(
      steps(settings(releases: false), at: 0, turns, until: 5_500) == [
        "0 claim of 0", "0 announce", "1000 announce", "4000 claim of 4000", "4000 announce",
        "5000 announce",
      ])
  }

  /// One that comes late is done at once, and is late.
  @Test func aRequestThatComesLateIsDoneAtOnce() {
    let turns: [(Int64, ServerIndex)] = [(1_000, 1)]
    #expect(
      steps(settings(announcements: 1), at: 1, turns, until: 2_000, ahead: -70)
        == ["1070 claim of 1000", "1070 announce"])
  }

  @Test func whoMissesTheHolderIsHelped() {
    let help = Healing(method: .pingPrimary, after: .milliseconds(250))
    let turns: [(Int64, ServerIndex)] = [(1_000, 1), (2_000, 0)]
    #expect(
      steps(settings(healing: help), at: nil, turns, until: 3_000)
        == ["1250 heal 1", "2250 heal 0"])
    #expect(
      steps(settings(announcements: 1, healing: help), at: 1, turns, until: 3_000)
        == ["1000 claim of 1000", "1000 announce", "2000 release", "2250 heal 0"])
  }

  /// At the times that were given, and when they are over a turn apart.
  @Test func handoversAreAskedForAtTheirTimes() throws {
    var settings = settings()
    settings.requests = [.milliseconds(600), .seconds(9)]
    let plan = try #require(
      MovePlan(settings, servers: 2, start: instant(100), settle: .milliseconds(500)))
    let turns = (0...4).map { plan.turn($0) }
    #expect(turns.map(\.scheduled) == [100, 700, 9_100, 14_100, 19_100].map(instant))
    #expect(turns.map(\.holder) == [0, 1, 0, 1, 0])
  }
}
