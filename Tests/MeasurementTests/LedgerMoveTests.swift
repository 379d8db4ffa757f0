import Measurement
import Packets
import Testing
import TopologyModel

private let alpha = Scene.alpha
private let bravo = Scene.bravo

/// Who moved the VIP.
@Suite struct LedgerMoveTests {
  @Test func aClaimByHandIsATransitionOfItsOwn() throws {
    var scene = Scene()
    scene.probes(0..<300, .answered(by: alpha))
    scene.move(100, from: bravo, to: alpha)
    scene.see(alpha, .foreignRelease(at: Scene.at(300)))
    scene.probes(300..<350, .lost)
    scene.see(bravo, .foreignClaim(at: Scene.at(340)))
    scene.probes(350..<1_000, .answered(by: bravo))
    scene.end(1_000)
    scene.upTo(2_000)
    let records = scene.records()
    try #require(records.count == 2)
    #expect(records.map(\.disturbance) == [.scheduled, .observed])
    #expect(records.map(\.index) == [0, 1])
    #expect(records[1].from == "alpha" && records[1].to == "bravo")
    // It began when the address went.
    #expect(records[1].scheduled == Scene.at(300))
    #expect(records[1].addressRemoved == Scene.at(300))
    #expect(records[1].addressAdded == Scene.at(340))
    #expect(records[0].lossOfConnectivity == .zero)
    #expect(records[1].lossOfConnectivity == .milliseconds(50))
  }

  /// Its holder's next turn is no transition.
  @Test func aTurnOfWhoHasTheVIPAlreadyMovesNothing() throws {
    var scene = Scene()
    scene.probes(0..<300, .answered(by: alpha))
    scene.move(100, from: bravo, to: alpha)
    scene.see(alpha, .foreignRelease(at: Scene.at(300)))
    scene.see(bravo, .foreignClaim(at: Scene.at(300)))
    scene.probes(300..<1_500, .answered(by: bravo))
    scene.disturb(600, from: alpha, to: bravo)
    scene.see(bravo, .claimed(at: Scene.at(600), due: Scene.at(600)))
    scene.end(1_500)
    scene.upTo(3_000)
    let records = scene.records()
    #expect(records.map(\.disturbance) == [.scheduled, .observed, .scheduled])
    #expect(records.map(\.verdict) == [.good, .good, .void])
    #expect(records[2].from == "bravo" && records[2].to == "bravo")
    #expect(records[2].voidReason == "bravo had the VIP already: nothing moved")
  }

  /// Who gave it up and takes it again, because nobody else could, has moved it.
  @Test func aVIPThatNobodyHadForATurnIsTakenAgain() throws {
    var scene = Scene()
    scene.probes(0..<600, .answered(by: alpha))
    scene.move(100, from: bravo, to: alpha)
    scene.disturb(600, from: alpha, to: bravo)
    scene.see(alpha, .released(at: Scene.at(600)))
    scene.see(bravo, .refused(deed: "take", at: Scene.at(601), reason: "no such device"))
    scene.probes(600..<1_100, .lost)
    scene.disturb(1_100, from: bravo, to: alpha)
    scene.see(alpha, .claimed(at: Scene.at(1_100), due: Scene.at(1_100)))
    scene.probes(1_100..<1_600, .answered(by: alpha))
    scene.end(1_600)
    scene.upTo(3_000)
    let records = scene.records()
    #expect(records.map(\.verdict) == [.good, .stuck, .good], "\(records.map(\.voidReason))")
    #expect(records[2].from == "bravo" && records[2].to == "alpha")
  }

  /// What was taken away and comes back nowhere is nobody's switch.
  @Test func aVIPThatSomebodyTakesAwayIsATransitionWithoutHolder() throws {
    var scene = Scene()
    scene.probes(0..<300, .answered(by: alpha))
    scene.move(100, from: bravo, to: alpha)
    scene.entry(alpha, 100)
    scene.see(alpha, .foreignRelease(at: Scene.at(300)))
    scene.probes(300..<900, .lost)
    scene.arrive(300..<900, at: alpha, isHeld: false)
    scene.move(900)
    scene.probes(900..<1_500, .answered(by: bravo))
    scene.end(1_500)
    scene.upTo(3_000)
    let records = scene.records()
    #expect(records.map(\.disturbance) == [.scheduled, .observed, .scheduled])
    #expect(records.map(\.verdict) == [.good, .stuck, .good])
    #expect(records[1].from == "alpha" && records[1].to == "")
    #expect(records[1].lossOfConnectivity == .milliseconds(600))
    let client = try #require(records[1].probers.first { $0.node == "client" })
    #expect(client.cause == .noHolder)
  }

  /// One that is not the holder gives nothing away.
  @Test func aSecondHolderThatLosesTheVIPDisturbsNothing() {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.disturb(100)
    scene.see(bravo, .claimed(at: Scene.at(100), due: Scene.at(100)))
    scene.see(bravo, .announced(at: Scene.at(100)))
    scene.see(alpha, .foreignRelease(at: Scene.at(150)))
    scene.probes(100..<500, .answered(by: bravo))
    scene.end(500)
    scene.upTo(500)
    #expect(scene.records().map(\.disturbance) == [.scheduled])
    #expect(scene.records()[0].addressRemoved == Scene.at(150))
  }

  @Test func aClaimBySomebodyElseAfterAFaultIsTheFaultsOwn() {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.disturb(100, to: nil, .fault)
    scene.probes(100..<400, .lost)
    scene.see(bravo, .foreignClaim(at: Scene.at(390)))
    scene.probes(400..<1_000, .answered(by: bravo))
    scene.end(1_000)
    scene.upTo(2_000)
    let records = scene.records()
    #expect(records.map(\.disturbance) == [.fault])
    #expect(records.map(\.to) == ["bravo"] && records[0].addressAdded == Scene.at(390))
  }

  /// By more than what a figure of probes a millisecond may be off by.
  @Test(arguments: [20, 21, 60]) func aMoveThatIsLateIsTheToolsDoing(by late: Int64) {
    let moved = 100 + late
    var scene = Scene()
    scene.probes(0..<moved, .answered(by: alpha))
    scene.disturb(100)
    scene.see(alpha, .released(at: Scene.at(moved)))
    scene.see(bravo, .claimed(at: Scene.at(moved), due: Scene.at(100)))
    scene.probes(moved..<500, .answered(by: bravo))
    scene.end(500)
    scene.upTo(500)
    #expect(
      scene.records().map(\.voidReason)
        == [late > 20 ? "bravo took the VIP \(late) ms later than it was told to" : nil])
  }

  /// No kernel takes an answer in that is from an address of its own.
  @Test(arguments: [true, false]) func answersAreTooLateForWhoHasTheVIPByThen(
    isReflected: Bool
  ) {
    var scene = Scene()
    scene.move(100)
    scene.probes(0..<100, .answered(by: alpha))
    scene.probes(0..<100, .answered(by: alpha), by: bravo)
    scene.probes(100..<500, .answered(by: bravo))
    scene.probes(120..<460, .answered(by: bravo), by: alpha, isResuming: true)
    scene.probes(460..<500, .lost, by: alpha)
    scene.move(500, from: bravo, to: alpha)
    scene.arrive(460..<500, at: bravo, isHeld: true, of: alpha)
    if isReflected { scene.reflect(460..<500, at: bravo, of: alpha) }
    scene.probes(500..<900, .answered(by: alpha))
    scene.end(900)
    scene.upTo(2_000)
    let record = scene.records()[0]
    #expect(
      record.voidReason
        == (isReflected ? "bravo answered alpha when that had the VIP already" : nil))
  }

  /// None of a whole turn is the path's doing.
  @Test func answersThatAreLostAllAlongAreNoneThatCameTooLate() {
    var scene = Scene()
    scene.move(100)
    scene.probes(0..<100, .answered(by: alpha), by: bravo)
    scene.probes(100..<300, .answered(by: bravo))
    scene.probes(120..<300, .lost, by: alpha, isResuming: true)
    scene.move(300, from: bravo, to: alpha)
    scene.arrive(120..<300, at: bravo, isHeld: true, of: alpha)
    scene.reflect(120..<300, at: bravo, of: alpha)
    scene.probes(300..<500, .answered(by: alpha))
    scene.end(500)
    scene.upTo(2_000)
    #expect(scene.records()[0].voidReason == nil)
  }

  /// Even one that came after the next turn was due belongs to its own.
  @Test func aClaimBelongsToTheTurnThatItWasDueIn() {
    var scene = Scene()
    scene.probes(0..<1_000, .answered(by: alpha))
    scene.disturb(100)
    scene.disturb(500, from: bravo, to: alpha)
    scene.see(bravo, .claimed(at: Scene.at(700), due: Scene.at(100)))
    scene.see(alpha, .claimed(at: Scene.at(701), due: Scene.at(500)))
    scene.end(900)
    scene.upTo(1_000)
    let records = scene.records()
    #expect(records.map(\.addressAdded) == [Scene.at(700), Scene.at(701)])
    #expect(records.map(\.verdict) == [.void, .void])
  }

  @Test func withAGapTheClaimIsDueAfterIt() {
    var scene = Scene(gap: 60)
    scene.probes(0..<100, .answered(by: alpha))
    scene.disturb(100)
    scene.see(alpha, .released(at: Scene.at(100)))
    scene.probes(100..<160, .lost)
    scene.see(bravo, .claimed(at: Scene.at(160), due: Scene.at(160)))
    scene.see(bravo, .announced(at: Scene.at(160)))
    scene.probes(160..<600, .answered(by: bravo))
    scene.end(600)
    scene.upTo(1_500)
    #expect(scene.records().map(\.verdict) == [.good])
    #expect(scene.prober()?.cause == .noHolder)
  }

  @Test func withoutAHolderNoneIsGood() {
    var scene = Scene()
    scene.probes(0..<500, .answered(by: alpha))
    scene.disturb(100)
    scene.see(bravo, .refused(deed: "take", at: Scene.at(100), reason: "No such device"))
    scene.end(500)
    scene.upTo(500)
    #expect(scene.records().map(\.verdict) == [.stuck])
  }

  @Test func withEverythingLostNoneIsGood() {
    var scene = Scene()
    scene.probes(90..<200, .lost)
    scene.move(100)
    scene.end(200)
    scene.upTo(1_500)
    #expect(scene.records().map(\.verdict) == [.stuck])
  }

  @Test func withoutProbersItIsVoid() {
    var scene = Scene()
    scene.move(100)
    scene.end(500)
    scene.upTo(500)
    #expect(scene.records().map(\.verdict) == [.void])
    #expect(scene.records()[0].voidReason == "no node probed")
  }

  /// A SYN is sent again after a second, when the VIP may be elsewhere.
  @Test func whatIsSentAgainAfterTheNextMoveSaysNothingOfThisOne() throws {
    var scene = Scene()
    scene.entry(alpha, 0)
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.announcement(bravo, 100)
    scene.entry(bravo, 100)
    scene.probes(100..<200, .lost)
    scene.arrive(100..<200, at: alpha, isHeld: false)
    scene.probes(200..<1_180, .answered(by: bravo))
    scene.arrive(200..<1_180, at: bravo, isHeld: true)
    scene.move(1_180, from: bravo, to: alpha)
    scene.arrive(190..<200, at: bravo, isHeld: false, after: 1_000)
    scene.entry(alpha, 1_181)
    scene.probes(1_180..<1_500, .answered(by: alpha))
    scene.end(1_500)
    scene.upTo(3_000)
    let client = try #require(scene.prober())
    #expect(client.cause == .switchStuck, "\(client.explanation ?? "")")
    #expect(client.misdirected == 100)
    #expect((client.probes ?? []).compactMap(\.misdirectedTo) == ["alpha"])
    #expect(client.evidence.contains { $0.at == Scene.at(199) && $0.event.contains("alpha") })
  }
}
