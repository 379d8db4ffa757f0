import Measurement
import Packets
import Testing
import TopologyModel

/// Transitions of an address that is watched from outside: found, measured and explained by what one
/// host sees.
@Suite struct OutsideTests {
  private let alpha = Scene.alpha
  private let bravo = Scene.bravo

  /// Alpha answers until 3,000, bravo from `until` on.
  private func scene(
    until: Int64, after: NodeID = Scene.bravo,
    view: OutsideView = OutsideView(gateway: nil, seesFrames: true)
  ) -> Scene {
    var scene = Scene(watching: view)
    scene.entry(Scene.alpha, 0)
    scene.probes(0..<3_000, .answered(by: Scene.alpha))
    if until > 3_000 { scene.probes(3_000..<until, .lost) }
    scene.probes(until..<(until + 3_000), .answered(by: after))
    scene.end(until + 3_000)
    scene.upTo(until + 6_000)
    return scene
  }

  @Test func anInterruptionIsMeasuredAndWhoAnsweredIsSaid() throws {
    let records = scene(until: 3_400).records()
    #expect(records.count == 1)
    let record = try #require(records.first)
    #expect(record.disturbance == .observed)
    #expect(record.from == "\(Scene.mac(alpha))" && record.to == "\(Scene.mac(bravo))")
    #expect(record.scheduled == Scene.at(3_000))
    #expect(record.addressAdded == nil && record.announced == nil)
    let prober = try #require(record.probers.first)
    #expect(prober.probesLost == 400 && prober.lossOfConnectivity == .milliseconds(400))
    #expect(prober.firstReply == Scene.at(3_400) + .microseconds(100))
    #expect(prober.takeover == nil)
    #expect(prober.verdict == .good)
  }

  @Test func answersOfAnotherAreATransitionThoughNoProbeIsLost() throws {
    let records = scene(until: 3_000).records()
    #expect(records.count == 1)
    #expect(records.first?.to == "\(Scene.mac(bravo))")
    #expect(records.first?.probers.first?.lossOfConnectivity == .zero)
    #expect(records.first?.probers.first?.cause == nil)
  }

  /// A move that cost nothing, and 400 ms later the new holder is silent: two transitions, each with its
  /// time and with whoever answered before it.
  @Test func aLossSoonAfterAMoveIsAnother() throws {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.entry(alpha, 0)
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<3_400, .answered(by: bravo))
    scene.probes(3_400..<4_100, .lost)
    scene.probes(4_100..<7_000, .answered(by: alpha))
    scene.end(7_000)
    scene.upTo(10_000)
    let records = scene.records()
    #expect(records.map(\.scheduled) == [Scene.at(3_000), Scene.at(3_400)])
    #expect(records.map(\.from) == ["\(Scene.mac(alpha))", "\(Scene.mac(bravo))"])
    #expect(records.map(\.to) == ["\(Scene.mac(bravo))", "\(Scene.mac(alpha))"])
    #expect(records.map(\.lossOfConnectivity) == [.zero, .milliseconds(700)])
  }

  @Test(arguments: [(Int64(3_002), 0), (3_003, 1)])
  func fewLostProbesAreNoTransition(until: Int64, transitions: Int) {
    var ledger = TransitionLedger(scene(until: until, after: alpha).roster)
    let scene = scene(until: until, after: alpha)
    ledger.end(at: Scene.at(until + 3_000), isInterrupted: false)
    for (node, observation) in scene.seen { ledger.take(observation, from: node) }
    #expect(ledger.completed().count == transitions)
    #expect(ledger.aside.lost == (transitions == 0 ? 2 : 0))
    // Each probe is counted once: in the second before the loss begins too.
    let inside = transitions == 0 ? 0 : 1_000 + 3 + 1_000
    #expect(ledger.aside.sent == Int(until) + 3_000 - inside)
  }

  @Test func whatIsNeverAnsweredIsNoInterruption() {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.probes(0..<5_000, .lost)
    scene.end(5_000)
    scene.upTo(8_000)
    #expect(scene.records().isEmpty)
  }

  @Test func oneThatIsNotOverIsToldOfAtTheEnd() throws {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.entry(alpha, 0)
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<9_000, .lost)
    scene.end(9_000)
    scene.upTo(12_000)
    let record = try #require(scene.records().first)
    #expect(record.to.isEmpty && record.verdict == .stuck)
    #expect(record.probers.first?.lossOfConnectivity == .milliseconds(6_000))
    #expect(record.probers.first?.explanation?.contains("nobody has answered since") == true)
  }

  /// One probe in five: it is loss, and not an outage that goes on.
  @Test func scatteredLossDoesNotKeepAnInterruptionOpen() throws {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<3_100, .lost)
    for begin in stride(from: Int64(3_100), to: 20_000, by: 5) {
      scene.probes(begin..<(begin + 4), .answered(by: alpha))
      scene.probes((begin + 4)..<(begin + 5), .lost)
    }
    scene.end(20_000)
    scene.upTo(23_000)
    let records = scene.records()
    #expect(records.count == 1)
    #expect(records.first?.to == "\(Scene.mac(alpha))")
    // Its own hundred, and what the second after it lost.
    let loss = try #require(records.first?.probers.first?.lossOfConnectivity)
    #expect(loss >= .milliseconds(300) && loss <= .milliseconds(302))
  }

  /// The first probes wait in the kernel until somebody has the address, and are answered then.
  @Test func whatWaitedForTheFirstAnswerIsNoInterruption() {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    for (first, last, fate, answered) in [
      (UInt32(0), UInt32(2), ProbeFate.answered(by: alpha), Int64?(700)),
      (3, 699, .lost, nil), (700, 4_999, .answered(by: alpha), 700),
    ] {
      scene.see(
        Scene.client,
        .fates(
          run: FateRun(
            stream: StreamID(prober: Scene.client),
            sequences: SequenceRange(first: first, last: last), fate: fate,
            first: Scene.at(Int64(first)), last: Scene.at(Int64(last)),
            answered: answered.map(Scene.at), isResuming: first == 0)))
    }
    scene.end(5_000)
    scene.upTo(8_000)
    #expect(scene.records().isEmpty)
    // Nobody was there yet: they count nowhere.
    let ledger = scene.ledger()
    #expect(ledger.unheard.sent == 697 && ledger.unheard.lost == 697)
    #expect(ledger.aside.sent == 4_303 && ledger.aside.lost == 0)
  }

  @Test func twoInterruptionsApartAreTwo() {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<3_100, .lost)
    scene.probes(3_100..<3_900, .answered(by: alpha))
    scene.probes(3_900..<3_950, .lost)
    scene.probes(3_950..<8_000, .answered(by: alpha))
    scene.probes(8_000..<8_050, .lost)
    scene.probes(8_050..<12_000, .answered(by: alpha))
    scene.end(12_000)
    scene.upTo(15_000)
    let losses = scene.records().compactMap(\.probers.first?.lossOfConnectivity)
    // No calm second lies between the first two.
    #expect(losses == [.milliseconds(150), .milliseconds(50)])
  }

  @Test func holesWithinALongWatchAreForgottenOnceTold() {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    for minute in Int64(0)..<20 {
      let begin = minute * 10_000
      scene.probes(begin..<(begin + 9_000), .answered(by: alpha))
      scene.upTo(begin + 8_990)
      scene.probes((begin + 9_000)..<(begin + 9_100), .lost)
      scene.probes((begin + 9_100)..<(begin + 10_000), .answered(by: alpha))
      scene.upTo(begin + 9_990)
    }
    scene.end(200_000)
    scene.upTo(203_000)
    #expect(scene.records().count == 20)
  }
}

/// Why, as far as one host can prove it.
extension OutsideTests {
  private func finding(_ scene: Scene) -> (cause: Cause?, text: String) {
    let prober = scene.records().first?.probers.first
    return (prober?.cause, prober?.explanation ?? "")
  }

  @Test func aWaitThatTheAnnouncementEndedWasForThat() {
    var scene = scene(until: 6_200)
    scene.announcement(bravo, 6_199)
    scene.entry(bravo, 6_199)
    let (cause, text) = finding(scene)
    #expect(cause == .unexplained)
    #expect(text.hasPrefix("not visible from here: where 10.0.1.200 was for the 3199.0 ms until"))
  }

  @Test func anAnnouncementThatChangedNothingWasIgnored() {
    var scene = scene(until: 6_200)
    scene.announcement(bravo, 3_050, form: .replyBroadcast)
    scene.entry(bravo, 6_199)
    let (cause, text) = finding(scene)
    #expect(cause == .announcementIgnored)
    #expect(text.contains("went on naming \(Scene.mac(alpha)) although \(Scene.mac(bravo))'s"))
    #expect(text.contains("(reply-broadcast) came 50.0 ms after"))
  }

  @Test func anAnnouncementThatWasHeededAndNotEnoughIsSaid() {
    var scene = scene(until: 6_200)
    scene.announcement(bravo, 3_050)
    scene.entry(bravo, 3_050)
    let (cause, text) = finding(scene)
    #expect(cause == .unexplained)
    #expect(text.contains("which this host heeded"))
    // From its announcement on more than the 300 ms of this scene.
    #expect(scene.records().first?.verdict == .stuck)
  }

  @Test func withoutAnAnnouncementItIsNotGuessedWhy() {
    var scene = scene(until: 6_200)
    scene.entry(bravo, 6_199)
    let (cause, text) = finding(scene)
    #expect(cause == .unexplained)
    #expect(text.contains("none was sent, or the network did not deliver it"))
    #expect(text.contains("this host's entry named \(Scene.mac(alpha))"))
  }

  @Test func whoAsksAndGetsNoAnswerProvesThatNobodyHoldsIt() {
    var scene = scene(until: 6_200)
    scene.entry(nil, 3_500)
    scene.entry(bravo, 6_199)
    let (cause, text) = finding(scene)
    #expect(cause == .noHolder)
    #expect(text.contains("nobody answered for 2699.0 ms"))
  }

  @Test func aPinnedEntryIsStale() {
    var scene = scene(until: 6_200)
    scene.see(
      Scene.client,
      .neighbour(
        entry: NeighbourView(at: Scene.at(1), mac: Scene.mac(alpha), state: .permanent)))
    scene.announcement(bravo, 3_050)
    #expect(finding(scene).cause == .staleNeighbour)
  }

  /// Pinned to another for a while, and then right again: the holder was there all the time.
  @Test func anEntryThatWasPinnedMeanwhileIsStale() {
    var scene = scene(until: 4_000, after: alpha)
    scene.see(
      Scene.client,
      .neighbour(
        entry: NeighbourView(at: Scene.at(3_000), mac: Scene.mac(bravo), state: .permanent)))
    scene.entry(alpha, 3_999)
    #expect(finding(scene).cause == .staleNeighbour)
  }

  @Test func twoThatAnnounceItInTurnBothHoldIt() {
    var scene = scene(until: 3_200)
    scene.announcement(bravo, 3_100)
    scene.announcement(alpha, 3_150)
    // So far it is a move and its return.
    #expect(finding(scene).cause != .duplicateHolder)
    scene.announcement(bravo, 3_180)
    let (cause, text) = finding(scene)
    #expect(cause == .duplicateHolder)
    #expect(text.contains("both hold it"))
  }

  /// Each says that it has the address.
  @Test func twoThatAnswerOneProbeBothHoldIt() throws {
    var scene = scene(until: 3_050)
    scene.see(Scene.client, .contested(at: Scene.at(3_200), by: bravo, and: alpha))
    let prober = try #require(scene.records().first?.probers.first)
    #expect(prober.cause == .duplicateHolder)
    let pair = "\(Scene.mac(bravo)) and by \(Scene.mac(alpha))"
    #expect(prober.explanation?.contains("one probe was answered by \(pair)") == true)
    #expect(prober.evidence.contains { $0.event == "one probe was answered by \(pair)" })
  }

  @Test func remarksOfOneKindAreOneLine() throws {
    var scene = scene(until: 3_400)
    for at in [Int64(3_100), 3_300] {
      scene.see(
        Scene.client, .remarked(at: Scene.at(at), what: "a connection failed: no", times: 3))
    }
    let evidence = try #require(scene.records().first?.probers.first?.evidence)
    #expect(
      evidence.map(\.event).filter { $0.contains("failed") } == ["a connection failed: no, 6 times"]
    )
  }

  @Test func anAnnouncementAfterTheAnswersEndedNothing() {
    var scene = scene(until: 6_200)
    scene.entry(bravo, 6_199)
    scene.announcement(bravo, 6_400)
    #expect(finding(scene).text.contains("no announcement came here before its first answer"))
  }

  @Test func aQuestionThatWasOpenForAMomentProvesNothing() {
    var scene = scene(until: 6_200)
    scene.entry(nil, 6_195)
    scene.entry(bravo, 6_199)
    #expect(finding(scene).cause == .unexplained)
  }

  @Test func strayLossAfterItDoesNotLengthenTheStory() {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.entry(alpha, 0)
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<6_000, .lost)
    scene.probes(6_000..<6_800, .answered(by: bravo))
    scene.probes(6_800..<6_801, .lost)
    scene.probes(6_801..<9_000, .answered(by: bravo))
    scene.announcement(bravo, 5_999)
    scene.entry(bravo, 5_999)
    scene.end(9_000)
    scene.upTo(12_000)
    #expect(finding(scene).text.contains("so the wait was for that"))
    #expect(scene.prober()?.probesLost == 3_001)
  }

  @Test func answersThatWereLateAreNoSilence() {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<3_400, .late(by: alpha))
    scene.probes(3_400..<6_000, .answered(by: alpha))
    scene.end(6_000)
    scene.upTo(9_000)
    #expect(finding(scene).text.hasPrefix("400 of 400 probes were answered, but later than"))
  }

  /// A connection that hung was lost on its way, and its answer came after the kernel had asked again:
  /// what ended it is what ended it for everybody else.
  @Test func aConnectionThatWasAskedForAgainWasLostFirst() {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.roster.probe = .tcp
    scene.entry(alpha, 0)
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<3_400, .late(by: bravo))
    scene.announcement(bravo, 3_399)
    scene.probes(3_400..<6_400, .answered(by: bravo))
    scene.end(6_400)
    scene.upTo(9_000)
    #expect(finding(scene).text.contains("so the wait was for that, and not for this host"))
  }

  @Test func whoIsGivenTheAddressItselfEndsWhatItMeasured() throws {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<3_300, .lost)
    scene.see(Scene.client, .foreignClaim(at: Scene.at(3_300)))
    scene.see(Scene.client, .foreignRelease(at: Scene.at(8_300)))
    scene.probes(9_000..<12_000, .answered(by: alpha), isResuming: true)
    scene.end(12_000)
    scene.upTo(15_000)
    let record = try #require(scene.records().first)
    #expect(record.probers.first?.lossOfConnectivity == .milliseconds(300))
    #expect(scene.ledger().heldItself(until: Scene.at(12_000)) == .seconds(5))
  }

  @Test func theSameBeforeAndAfterIsSaid() {
    let (cause, text) = finding(scene(until: 3_200, after: alpha))
    #expect(cause == .unexplained)
    #expect(text.contains("answered before and after"))
  }

  @Test func behindARouterItsTableDecides() {
    let view = OutsideView(gateway: IPAddress("10.0.9.1")!, seesFrames: true)
    let (cause, text) = finding(scene(until: 3_200, view: view))
    #expect(cause == .unexplained)
    #expect(text.contains("the router 10.0.9.1, and only its neighbour table knows"))
  }

  @Test func withoutTheRightToCaptureThatIsSaid() {
    let view = OutsideView(gateway: nil, seesFrames: false)
    let (_, text) = finding(scene(until: 3_200, view: view))
    #expect(text.contains("without the right to capture frames"))
  }

  @Test func anOwnLinkThatWentDownIsSaid() {
    var scene = scene(until: 6_200)
    scene.see(Scene.client, .linkDown(at: Scene.at(3_001)))
    #expect(finding(scene).text.hasPrefix("this host's own link went down, 1.0 ms after"))
  }

  @Test func announcementsAreEvidenceWithFormSenderAndPace() throws {
    var scene = scene(until: 6_200)
    for at in [Int64(5_000), 6_000] { scene.announcement(bravo, at) }
    let events = try #require(scene.prober()).evidence.map(\.event)
    #expect(
      events.contains(
        "announced at \(Scene.mac(bravo)) (request), 2000.0 ms after the first probe that was lost "
          + "or answered anew, 2 times, every 1000.0 ms"))
  }
}
