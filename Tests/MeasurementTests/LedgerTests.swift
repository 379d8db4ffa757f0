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
    #expect(record.announcementDelays == [BoundedSpan(.zero)])
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

  /// What is asked for by hand is judged before the next is; and what nobody asked for is seen after it, too.
  @Test func aPauseEndsATransitionAndNoRound() throws {
    var scene = Scene()
    scene.pauses = [600]
    scene.probes(0..<1_000, .answered(by: alpha))
    scene.move(100)
    scene.upTo(600)
    #expect(scene.records().map(\.to) == ["bravo"])

    scene.see(alpha, .foreignClaim(at: Scene.at(700)))
    scene.see(bravo, .foreignRelease(at: Scene.at(700)))
    scene.move(1_000, from: alpha, to: bravo)
    scene.probes(1_000..<1_500, .answered(by: bravo))
    scene.end(1_500)
    scene.upTo(1_500)
    #expect(scene.records().map(\.disturbance) == [.scheduled, .observed, .scheduled])
    #expect(scene.records().map(\.to) == ["bravo", "alpha", "bravo"])
  }
}
