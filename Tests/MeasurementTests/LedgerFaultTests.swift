import Measurement
import Packets
import Testing
import TopologyModel

private let alpha = Scene.alpha
private let bravo = Scene.bravo

/// What is not the path's fault.
@Suite struct LedgerFaultTests {
  private static let faults: [OwnFault] = [
    .stalled(span: .milliseconds(80)), .paced(late: 150, of: 200, worst: .milliseconds(9)),
    .overflowed(packets: 7), .notSent(probes: 3, reason: "No buffer space available"),
    .clockStepped(span: .seconds(2)), .backlogFull(packets: 4), .neighbourTableFull(times: 5),
  ]

  @Test(arguments: faults) func aTransitionThatOneTouchesIsVoidWithItsReason(
    fault: OwnFault
  ) throws {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<450, .lost)
    scene.probes(450..<600, .answered(by: bravo))
    scene.move(600, from: bravo, to: alpha)
    scene.probes(600..<1_000, .answered(by: alpha))
    scene.see(Scene.client, .fault(fault, since: Scene.at(300), at: Scene.at(400)))
    scene.end(1_000)
    scene.upTo(2_000)
    let records = scene.records()
    #expect(records.map(\.verdict) == [.void, .good])
    let reason = try #require(records[0].voidReason)
    #expect(reason.contains("\(fault)"))
    #expect(reason.hasPrefix("client: ") == !fault.isOfMachine)
    // Nothing is blamed on the path.
    #expect(records[0].probers[0].cause == nil)
  }

  @Test func aStallAcrossTwoTransitionsVoidsBoth() {
    var scene = Scene()
    scene.probes(0..<1_000, .answered(by: alpha))
    scene.move(100)
    scene.move(500, from: bravo, to: alpha)
    scene.see(
      alpha, .fault(.stalled(span: .milliseconds(100)), since: Scene.at(450), at: Scene.at(550)))
    scene.end(1_000)
    scene.upTo(1_000)
    #expect(scene.records().map(\.verdict) == [.void, .void])
  }

  /// A program that stood still for less than a stall hides an outage all the same.
  @Test func aTimeWithoutProbesAsTheVIPMovesVoidsTheTransition() {
    for (gap, verdict) in [(Int64(15), Verdict.good), (35, .void)] {
      for at in [Int64(100), 300] {
        var scene = Scene()
        scene.move(100)
        scene.probes(0..<at, .answered(by: at > 100 ? bravo : alpha))
        scene.probes((at + gap)..<600, .answered(by: bravo))
        scene.end(600)
        scene.upTo(600)
        // Long after the move it hides nothing of it.
        #expect(scene.records().map(\.verdict) == [at == 100 ? verdict : .good], "\(gap) at \(at)")
      }
    }
  }

  @Test func nodesThatTellNothingMoreVoidWhatIsNotJudged() {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<500, .answered(by: bravo))
    scene.end(500)
    scene.see(Scene.client, .upTo(at: Scene.at(500)))
    #expect(scene.records().isEmpty)
    #expect(scene.abandoned().map(\.voidReason) == ["some nodes did not tell what they saw"])
  }

  @Test func whatBearsOnCausesOnlyVoidsNothing() {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.see(Scene.client, .blurred(at: Scene.at(200), reason: "some changes went by unseen"))
    scene.probes(100..<500, .answered(by: bravo))
    scene.end(500)
    scene.upTo(500)
    #expect(scene.records().map(\.verdict) == [.good])
    #expect(scene.prober()?.evidence.map(\.event) == ["some changes went by unseen"])
  }

  /// By a clock that was not known well; whoever it cut off was so for that.
  @Test func whoMovesBeforeItsTimeIsVoid() throws {
    var scene = Scene()
    scene.probes(0..<60, .answered(by: Scene.alpha))
    scene.see(Scene.alpha, .released(at: Scene.at(60)))
    scene.probes(60..<100, .lost)
    scene.disturb(100)
    scene.see(Scene.bravo, .claimed(at: Scene.at(100), due: Scene.at(100)))
    scene.see(Scene.bravo, .announced(at: Scene.at(100)))
    scene.probes(100..<460, .answered(by: Scene.bravo))
    scene.see(Scene.bravo, .released(at: Scene.at(460)))
    scene.probes(460..<500, .lost)
    scene.disturb(500, from: Scene.bravo, to: Scene.alpha)
    scene.see(Scene.alpha, .claimed(at: Scene.at(500), due: Scene.at(500)))
    scene.probes(500..<900, .answered(by: Scene.alpha))
    scene.end(900)
    scene.upTo(2_000)
    let reasons = scene.records().map(\.voidReason)
    #expect(
      reasons == [
        "alpha gave up the VIP 40 ms before it was told to",
        "bravo gave up the VIP 40 ms before it was told to",
      ])
  }
}
