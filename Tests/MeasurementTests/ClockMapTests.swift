import Measurement
import Packets
import Testing
import TopologyModel

@Suite struct ClockMapTests {
  private let alpha = Scene.alpha
  private let bravo = Scene.bravo

  /// An exchange with a node whose clock is `ahead`, on a way that takes `there` and `back`.
  private func record(
    _ clocks: inout ClockMap, ahead: TimeSpan, there: TimeSpan, back: TimeSpan, at: Int64 = 0
  ) {
    let sent = Scene.at(at)
    let received = sent + there + ahead
    let answered = received + .milliseconds(3)
    clocks.record(
      bravo,
      ClockExchange(
        sent: sent, received: received, answered: answered, returned: answered - ahead + back))
  }

  @Test func anOffsetIsKnownToHalfTheWay() {
    var clocks = ClockMap()
    record(&clocks, ahead: .seconds(5), there: .milliseconds(4), back: .milliseconds(6))
    let instant = Scene.at(100)
    let off = clocks.controllerTime(instant + .seconds(5), of: bravo) - instant
    #expect(clocks.bound(of: bravo, at: Scene.at(7)) < .microseconds(5_001))
    #expect(max(off, .zero - off) <= clocks.bound(of: bravo, at: instant))
    #expect(clocks.controllerTime(instant, of: alpha) == instant)
    #expect(clocks.bound(of: alpha, at: instant) == .zero)
  }

  @Test func theFastestExchangeTellsMost() {
    var clocks = ClockMap()
    record(&clocks, ahead: .seconds(5), there: .milliseconds(9), back: .milliseconds(1))
    record(&clocks, ahead: .seconds(5), there: .microseconds(50), back: .microseconds(50))
    record(&clocks, ahead: .seconds(5), there: .milliseconds(1), back: .milliseconds(9))
    #expect(clocks.controllerTime(Scene.at(0) + .seconds(5), of: bravo) == Scene.at(0))
    // And what the clock may have drifted since.
    let bound = clocks.bound(of: bravo, at: Scene.at(4))
    #expect(bound >= .microseconds(50) && bound < .microseconds(51))
  }

  /// In use it is followed smoothly, whatever the exchanges say, and nothing comes before what came
  /// before it.
  @Test func aClockInUseIsSlewed() {
    var clocks = ClockMap()
    record(&clocks, ahead: .seconds(5), there: .milliseconds(4), back: .milliseconds(6))
    clocks.use(bravo)
    record(&clocks, ahead: .seconds(5), there: .zero, back: .zero, at: 1_000)
    let told = (0..<40_000).map {
      clocks.controllerTime(Scene.at(Int64($0)) + .seconds(5), of: bravo)
    }
    for (earlier, later) in zip(told, told.dropFirst()) {
      let step = later - earlier
      #expect(step >= .microseconds(999) && step <= .microseconds(1_001))
    }
    #expect(told[0] == Scene.at(1) && told[39_999] == Scene.at(39_999))
    #expect(clocks.offset(of: bravo) == .seconds(-5))
  }

  @Test func aDriftIsFollowed() {
    var clocks = ClockMap()
    for second in Int64(0)..<3_600 {
      record(
        &clocks, ahead: .microseconds(200 * second), there: .microseconds(200),
        back: .microseconds(100), at: second * 1_000)
      clocks.use(bravo)
    }
    let last = Scene.at(3_599_000)
    let told = clocks.controllerTime(last + .microseconds(200 * 3_599), of: bravo)
    let off = told - last
    #expect(max(off, .zero - off) <= .milliseconds(1), "\(off)")
    #expect(clocks.bound(of: bravo, at: last) >= max(off, .zero - off))
    #expect(clocks.bound(of: bravo, at: last) < .milliseconds(1))
  }

  @Test func aClockThatIsSetIsBelievedAtOnce() {
    var clocks = ClockMap()
    record(&clocks, ahead: .zero, there: .milliseconds(1), back: .milliseconds(1))
    clocks.use(bravo)
    record(&clocks, ahead: .seconds(3), there: .milliseconds(2), back: .milliseconds(2), at: 1_000)
    #expect(clocks.controllerTime(Scene.at(2_000) + .seconds(3), of: bravo) == Scene.at(2_000))
    #expect(clocks.bound(of: bravo, at: Scene.at(1_005)) == .milliseconds(2))
  }

  /// What needs the prober's clock alone is the same whatever the others' clocks say.
  @Test func lossDoesNotDependOnOtherClocks() throws {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<130, .lost)
    scene.arrive(100..<130, at: alpha, isHeld: false)
    scene.probes(130..<500, .answered(by: bravo))
    scene.arrive(130..<500, at: bravo, isHeld: true)
    scene.end(500)
    scene.upTo(1_500)
    let expected = try #require(scene.prober())

    var clocks = ClockMap()
    record(&clocks, ahead: .milliseconds(7), there: .milliseconds(40), back: .milliseconds(40))
    let ahead = scene.ahead(bravo, by: .milliseconds(7))
    let record = try #require(ahead.records(clocks).first)
    let client = try #require(record.probers.first)
    #expect(record.verdict == .good && record.voidReason == nil)
    #expect(client.lossOfConnectivity == expected.lossOfConnectivity)
    #expect(client.probesLost == 30 && client.misdirected == 30)
    // The bound of 40 ms is more than the 30 ms that it took.
    #expect(expected.takeover == .milliseconds(30) && client.takeover == nil)
    #expect(record.takeover?.isKnown == false, "it was taken, and it is not known when")
  }

  /// By clocks that are not known well an announcement may seem to come before it was due; it is the first
  /// one all the same, and not the next.
  @Test func anAnnouncementThatSeemsToComeTooEarlyIsTheFirst() throws {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.announcement(bravo, 99)
    scene.announcement(bravo, 600)
    scene.probes(100..<900, .answered(by: bravo))
    scene.end(900)
    scene.upTo(2_000)
    var clocks = ClockMap()
    record(&clocks, ahead: .zero, there: .milliseconds(4), back: .milliseconds(4))
    let record = try #require(scene.records(clocks).first)
    #expect(record.announcementDelays.map(\.span) == [.milliseconds(-1)])
    #expect(record.announcementDelays.median == nil)
  }

  /// Those that are longer than the bound by chance are not the median of all.
  @Test func aMedianIsLeftOutWhereMostIsNotKnown() {
    let known = [3, 9, 8].map { BoundedSpan(.milliseconds($0), bound: .milliseconds(4)) }
    #expect(known.median == .milliseconds(8))
    let unknown = [3, 2, 9].map { BoundedSpan(.milliseconds($0), bound: .milliseconds(4)) }
    #expect(unknown.median == nil)
  }
}
