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
      bravo, sent: sent, received: received, answered: answered,
      returned: answered - ahead + back)
  }

  @Test func anOffsetIsKnownToHalfTheWay() {
    var clocks = ClockMap()
    record(&clocks, ahead: .seconds(5), there: .milliseconds(4), back: .milliseconds(6))
    let instant = Scene.at(100)
    let off = clocks.controllerTime(instant + .seconds(5), of: bravo) - instant
    #expect(clocks.bound(of: bravo) == .milliseconds(5))
    #expect(max(off, .zero - off) <= clocks.bound(of: bravo))
    #expect(clocks.controllerTime(instant, of: alpha) == instant)
    #expect(clocks.bound(of: alpha) == .zero)
  }

  @Test func theFastestExchangeTellsMost() {
    var clocks = ClockMap()
    record(&clocks, ahead: .seconds(5), there: .milliseconds(9), back: .milliseconds(1))
    record(&clocks, ahead: .seconds(5), there: .microseconds(50), back: .microseconds(50))
    record(&clocks, ahead: .seconds(5), there: .milliseconds(1), back: .milliseconds(9))
    #expect(clocks.controllerTime(Scene.at(0) + .seconds(5), of: bravo) == Scene.at(0))
    #expect(clocks.bound(of: bravo) == .microseconds(50))
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
  }
}
