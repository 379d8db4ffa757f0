import Measurement
import Packets
import Testing
import TopologyModel

private let alpha = Scene.alpha
private let bravo = Scene.bravo

/// Every rule by which a transition is judged, on observations written out by hand.
@Suite struct LedgerTests {
  @Test func aMoveThatCutsNobodyOffIsGood() throws {
    var scene = Scene()
    scene.entry(alpha, 0)
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.entry(bravo, 100)
    scene.see(Scene.client, .announcementSeen(of: Scene.mac(bravo), at: Scene.at(100)))
    scene.probes(100..<500, .answered(by: bravo))
    scene.arrive(100..<500, at: bravo, isHeld: true)
    scene.end(500)
    scene.upTo(500)
    let record = try #require(scene.records().first)
    #expect(record.verdict == .good && record.voidReason == nil)
    #expect(record.from == "alpha" && record.to == "bravo" && record.disturbance == .scheduled)
    #expect(record.addressAdded == Scene.at(100) && record.addressRemoved == Scene.at(100))
    let client = try #require(record.probers.first)
    #expect(record.probers.count == 1)
    #expect(client.lossOfConnectivity == .zero && client.probesLost == 0)
    // From its lead on.
    #expect(client.probesSent == 420)
    #expect(client.takeover == .zero)
    #expect(client.firstReply == Scene.at(100) + .microseconds(100))
    #expect(client.announcement?.isHeeded == true && client.announcementSeen == Scene.at(100))
    #expect(record.announcementDelays == [.zero])
    #expect(client.probes?.map(\.answeredBy) == ["alpha", "bravo"])
  }

  @Test func whatIsLostCountsByTimeAndByNumber() throws {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<130, .lost)
    scene.probes(130..<500, .answered(by: bravo))
    scene.end(500)
    scene.upTo(1_500)
    let client = try #require(scene.prober())
    #expect(client.lossOfConnectivity == .milliseconds(30) && client.probesLost == 30)
    #expect(client.lossDerived == .milliseconds(30))
    #expect(client.verdict == .good)
  }

  @Test func onlyLostProbesAreMisdirectedByWhereTheyArrivedNotHeld() throws {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<130, .lost)
    scene.probes(130..<140, .answered(by: bravo))
    scene.probes(140..<500, .answered(by: bravo))
    // Five of the lost came in nowhere; ten answered ones were seen at alpha too.
    scene.arrive(105..<140, at: alpha, isHeld: false)
    scene.arrive(130..<500, at: bravo, isHeld: true)
    scene.end(500)
    scene.upTo(1_500)
    let client = try #require(scene.prober())
    #expect(client.misdirected == 25 && client.probesLost == 30)
    #expect(
      client.probes?.map(\.count) == [20, 5, 25, 370]
        && client.probes?.map(\.misdirectedTo) == [nil, nil, "alpha", nil])
    #expect(
      client.evidence.map(\.event) == [
        "last of 25 lost probes captured at alpha, sent to its MAC address \(Scene.mac(alpha))"
      ])
    #expect(client.evidence[0].at == Scene.at(129))
  }

  @Test func anOutageRunsOnUntilTheNextTurnIsDueAndIsThenSharedOut() {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<630, .lost)
    scene.move(600, from: bravo, to: alpha)
    scene.probes(630..<1_000, .answered(by: alpha))
    scene.end(1_000)
    scene.upTo(2_000)
    let losses = scene.records().map(\.lossOfConnectivity)
    #expect(losses == [.milliseconds(500), .milliseconds(30)])
    #expect(scene.records().map(\.verdict) == [.stuck, .good])
    // Without a hole that is open a probe sent in the lead is the next turn's.
    #expect(scene.records()[1].probers[0].probesSent == 400)
  }

  @Test func whatIsLostInTheLeadOfATurnIsTheTurns() {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<585, .answered(by: bravo))
    scene.probes(585..<620, .lost)
    scene.move(600, from: bravo, to: alpha)
    scene.probes(620..<1_000, .answered(by: alpha))
    scene.end(1_000)
    scene.upTo(2_000)
    #expect(scene.records().map(\.lossOfConnectivity) == [.zero, .milliseconds(35)])
  }

  @Test func aHoleThatIsOpenAtTheEndCountsUpToIt() {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<200, .answered(by: bravo))
    scene.probes(200..<500, .lost)
    scene.end(480)
    scene.upTo(1_500)
    #expect(scene.records().map(\.lossOfConnectivity) == [.milliseconds(280)])
  }

  @Test func whatWasLostBeforeAPauseIsForgotten() {
    var scene = Scene()
    scene.probes(0..<50, .lost, by: alpha)
    scene.move(100)
    scene.probes(110..<500, .answered(by: bravo), by: alpha, isResuming: true)
    scene.end(500)
    scene.upTo(1_500)
    #expect(scene.records().map(\.lossOfConnectivity) == [.zero])
    #expect(scene.records()[0].probers.map(\.node) == ["alpha"])
  }

  @Test func aTransitionThatMissesAcrossItsDeadlineIsStuck() {
    for (last, verdict) in [(Int64(399), Verdict.good), (402, .stuck)] {
      var scene = Scene()
      scene.probes(0..<100, .answered(by: alpha))
      scene.move(100)
      scene.probes(100..<last, .lost)
      scene.probes(last..<900, .answered(by: bravo))
      scene.end(900)
      scene.upTo(2_000)
      #expect(scene.records().map(\.verdict) == [verdict], "\(last)")
    }
  }

  /// It counts from the first announcement, which came in time, and from the schedule where none did.
  @Test func theDeadlineFollowsAnAnnouncementThatIsNotTooLate() {
    for (announced, verdict) in [(Int64(250), Verdict.good), (450, .stuck)] {
      var scene = Scene()
      scene.probes(0..<100, .answered(by: alpha))
      scene.disturb(100)
      scene.see(alpha, .released(at: Scene.at(100)))
      scene.see(bravo, .claimed(at: Scene.at(100), due: Scene.at(100)))
      scene.see(bravo, .announced(at: Scene.at(announced)))
      scene.probes(100..<500, .lost)
      scene.probes(500..<900, .answered(by: bravo))
      scene.end(900)
      scene.upTo(2_000)
      #expect(scene.records().map(\.verdict) == [verdict], "\(announced)")
    }
  }

  @Test func anAnswerThatCameTooLateIsLossAndNoReply() throws {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.entry(bravo, 100)
    scene.probes(100..<160, .late(by: bravo))
    scene.probes(160..<500, .answered(by: bravo))
    scene.arrive(100..<500, at: bravo, isHeld: true, after: 70)
    scene.reflect(100..<500, at: bravo)
    scene.end(500)
    scene.upTo(1_500)
    let client = try #require(scene.prober())
    #expect(client.probesLost == 60 && client.lossOfConnectivity == .milliseconds(60))
    // Nobody is blamed who answered.
    #expect(client.cause == .unexplained)
    #expect(client.explanation?.contains("were answered, but later") == true)
  }

  @Test func answersThatDoNotArriveAreTheReplysLoss() throws {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<200, .lost)
    scene.probes(200..<500, .answered(by: bravo))
    scene.arrive(100..<500, at: bravo, isHeld: true)
    scene.reflect(100..<500, at: bravo)
    scene.end(500)
    scene.upTo(1_500)
    #expect(try #require(scene.prober()).cause == .replyLost)
  }

  @Test func duplicatesCountForTheTransitionTheyWereSentIn() {
    var scene = Scene()
    scene.probes(0..<1_000, .answered(by: alpha))
    let stream = StreamID(prober: Scene.client)
    for sent in [Int64(50), 300, 700] {
      scene.see(Scene.client, .duplicated(stream: stream, sent: Scene.at(sent), count: 2))
    }
    scene.move(100)
    scene.move(600, from: bravo, to: alpha)
    scene.end(1_000)
    scene.upTo(1_000)
    #expect(scene.records().map { $0.probers[0].duplicates } == [2, 2])
  }

  @Test func twoServersThatHoldTheVIPAreSeenByTheirAnswers() throws {
    var scene = Scene()
    scene.probes(0..<1_000, .answered(by: alpha))
    scene.disturb(100)
    scene.see(bravo, .claimed(at: Scene.at(100), due: Scene.at(100)))
    scene.see(bravo, .announced(at: Scene.at(100)))
    scene.end(1_000)
    scene.upTo(1_000)
    #expect(try #require(scene.prober()).cause == .duplicateHolder)
  }
}

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

  @Test func aMoveThatIsLateIsTheToolsDoing() {
    var scene = Scene()
    scene.probes(0..<160, .answered(by: alpha))
    scene.disturb(100)
    scene.see(alpha, .released(at: Scene.at(160)))
    scene.see(bravo, .claimed(at: Scene.at(160), due: Scene.at(100)))
    scene.probes(160..<500, .answered(by: bravo))
    scene.end(500)
    scene.upTo(500)
    #expect(scene.records().map(\.verdict) == [.void])
    #expect(
      scene.records()[0].voidReason == "bravo took the VIP 60 ms later than it was told to")
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
}

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
}

/// When a transition is over.
@Suite struct LedgerCompletionTests {
  private func scene() -> Scene {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<450, .answered(by: bravo))
    scene.probes(450..<480, .lost)
    scene.probes(480..<600, .answered(by: bravo))
    return scene
  }

  @Test func nothingIsJudgedBeforeAllThatBearsOnItIsIn() {
    var early = scene()
    early.upTo(2_000)
    #expect(early.records().isEmpty, "no end is known")
    early.end(600)
    #expect(early.records().count == 1)

    var waiting = scene()
    waiting.end(600)
    waiting.upTo(599)
    #expect(waiting.records().isEmpty, "not all was told")
    waiting.upTo(1_400)
    #expect(waiting.records().isEmpty, "a lost probe may still come in somewhere")
    waiting.upTo(1_480)
    #expect(waiting.records().count == 1)
  }

  @Test func oneNodeThatIsSilentHoldsItUp() {
    var scene = scene()
    scene.end(600)
    for node in [Scene.alpha, Scene.client] { scene.see(node, .upTo(at: Scene.at(2_000))) }
    #expect(scene.records().isEmpty)
    scene.see(bravo, .upTo(at: Scene.at(2_000)))
    #expect(scene.records().count == 1)
  }

  @Test func anInterruptionTooEarlyLeavesNoVerdict() {
    for (end, count) in [(Int64(390), 0), (400, 1)] {
      var scene = scene()
      scene.end(end, isInterrupted: true)
      scene.upTo(2_000)
      #expect(scene.records().count == count, "\(end)")
    }
  }

  /// What was to come after the end is no transition.
  @Test func anEndCutsOffWhatWasScheduled() {
    var scene = scene()
    scene.disturb(700, from: bravo, to: alpha)
    scene.end(600, isInterrupted: true)
    scene.upTo(2_000)
    #expect(scene.records().count == 1)
  }

  @Test func behindARouterItsEntryAndWhatItHeardCount() throws {
    var scene = Scene(isRouted: true)
    scene.entry(alpha, 0, at: Scene.edge)
    scene.probes(0..<100, .answered(by: alpha), by: Scene.outside)
    scene.move(100)
    scene.probes(100..<500, .lost, by: Scene.outside)
    scene.arrive(100..<500, at: alpha, isHeld: false, of: Scene.outside)
    scene.see(Scene.edge, .announcementSeen(of: Scene.mac(bravo), at: Scene.at(101)))
    scene.entry(bravo, 500, at: Scene.edge)
    scene.probes(500..<900, .answered(by: bravo), by: Scene.outside)
    scene.end(900)
    scene.upTo(2_000)
    let outside = try #require(scene.prober("outside"))
    #expect(outside.decider == "edge" && outside.announcementSeen == Scene.at(101))
    #expect(outside.cause == .announcementIgnored && outside.misdirected == 400)
    #expect(outside.evidence.contains { $0.event.hasPrefix("edge: neighbour 10.0.1.200 lladdr") })
  }
}
