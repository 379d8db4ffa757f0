import Measurement
import Packets
import Testing
import TopologyModel

private let alpha = Scene.alpha
private let bravo = Scene.bravo

/// Daemons that decide who holds the VIP, and what breaks there.
@Suite struct LedgerDaemonTests {
  /// alpha has it from the beginning on.
  private func scene() -> Scene {
    var scene = Scene()
    scene.roster.detection = .milliseconds(300)
    scene.see(alpha, .foreignClaim(at: Scene.at(0)))
    scene.see(alpha, .announced(at: Scene.at(0)))
    scene.entry(alpha, 0)
    return scene
  }

  private func judged(_ scene: Scene, end: Int64) -> [TransitionRecord] {
    var scene = scene
    scene.end(end)
    scene.upTo(end + 2_000)
    return scene.records()
  }

  /// Nobody answers from half a second on, for 300 ms.
  private func scene(_ fault: FaultName) -> Scene {
    var scene = scene()
    scene.probes(0..<500, .answered(by: alpha))
    scene.breakDown(fault, of: alpha, 500..<1_500)
    scene.probes(500..<800, .lost)
    return scene
  }

  @Test func anOutageAfterACrashIsDetectionAndMove() throws {
    var scene = scene(.crash)
    scene.arrive(500..<790, at: alpha, isHeld: false)
    scene.see(bravo, .foreignClaim(at: Scene.at(795)))
    scene.see(bravo, .announced(at: Scene.at(796)))
    scene.announcement(bravo, 796)
    scene.entry(bravo, 796)
    scene.probes(800..<2_000, .answered(by: bravo))
    let records = judged(scene, end: 2_000)
    // Nothing followed from its end.
    try #require(records.count == 1)
    let record = records[0]
    #expect(record.disturbance == .fault && record.fault == .crash)
    #expect(record.from == "alpha" && record.to == "bravo" && record.verdict == .good)
    #expect(record.lossOfConnectivity == .milliseconds(300))
    #expect(record.detection == .milliseconds(295))
    #expect(record.move == .milliseconds(5) + .microseconds(100))
    #expect(record.heldByNone == .milliseconds(295) && record.heldByTwo == .zero)
    #expect(record.probers[0].cause == .noHolder)
    #expect(
      record.probers[0].explanation
        == "nobody held 10.0.1.200 for 295.0 ms: so long after the crash of alpha bravo took it")
  }

  /// The kernel's news may come later than the word on the wire.
  @Test func whoAnnouncesItHasIt() throws {
    var scene = scene(.crash)
    scene.see(bravo, .announced(at: Scene.at(790)))
    scene.see(bravo, .foreignClaim(at: Scene.at(795)))
    scene.see(bravo, .announced(at: Scene.at(1_790)))
    scene.probes(800..<2_000, .answered(by: bravo))
    let record = try #require(judged(scene, end: 2_000).first)
    #expect(record.announced == Scene.at(790) && record.addressAdded == Scene.at(790))
    #expect(record.detection == .milliseconds(290))
  }

  /// A split brain: the one that stood still has the VIP all along, and gets it back.
  private func splitBrain(isAnnounced: Bool) -> Scene {
    var scene = scene()
    scene.probes(0..<800, .answered(by: alpha))
    scene.breakDown(.stop, of: alpha, 500..<1_500)
    scene.see(bravo, .foreignClaim(at: Scene.at(800)))
    scene.see(bravo, .announced(at: Scene.at(800)))
    scene.announcement(bravo, 800)
    scene.entry(bravo, 800)
    scene.probes(800..<1_510, .answered(by: bravo))
    scene.see(bravo, .foreignRelease(at: Scene.at(1_510)))
    if isAnnounced {
      scene.see(alpha, .announced(at: Scene.at(1_510)))
      scene.announcement(alpha, 1_510)
      scene.entry(alpha, 1_510)
      scene.probes(1_510..<2_500, .answered(by: alpha))
    } else {
      scene.probes(1_510..<2_500, .lost)
      scene.arrive(1_510..<2_500, at: bravo, isHeld: false)
    }
    return scene
  }

  @Test func aSplitBrainThatEndsWithoutAnAnnouncementIsStuck() throws {
    let records = judged(splitBrain(isAnnounced: false), end: 2_500)
    try #require(records.map(\.disturbance) == [.fault, .recovery])
    // Two hold it, and nobody is cut off.
    #expect(records[0].verdict == .good && records[0].lossOfConnectivity == .zero)
    #expect(records[0].to == "bravo" && records[0].detection == .milliseconds(300))
    #expect(records[0].heldByTwo == .milliseconds(700))
    let end = records[1]
    #expect(end.from == "bravo" && end.to == "alpha" && end.verdict == .stuck)
    #expect(end.fault == .stop && end.detection == nil && end.heldByTwo == .milliseconds(10))
    #expect(end.probers[0].cause == .announcementNotSent)
    #expect(
      end.probers[0].explanation
        == "client's entry for 10.0.1.200 went on naming bravo: alpha sent no announcement")
  }

  @Test func oneThatEndsWithAnAnnouncementIsNot() throws {
    let records = judged(splitBrain(isAnnounced: true), end: 2_500)
    try #require(records.map(\.disturbance) == [.fault, .recovery])
    #expect(records[1].verdict == .good && records[1].to == "alpha")
    #expect(records[1].lossOfConnectivity == .zero && records[1].probers[0].cause == nil)
    #expect(records.outages.count == 1)
  }

  /// It has the VIP still, and nobody reaches it.
  @Test func aHolderThatIsCutOffIsNamed() throws {
    var scene = scene(.linkDown)
    scene.see(bravo, .foreignClaim(at: Scene.at(799)))
    scene.see(bravo, .announced(at: Scene.at(799)))
    scene.announcement(bravo, 799)
    scene.entry(bravo, 799)
    scene.probes(800..<2_000, .answered(by: bravo))
    let record = try #require(judged(scene, end: 2_000).first)
    #expect(record.detection == .milliseconds(299) && record.heldByNone == .zero)
    #expect(record.probers[0].cause == .noHolder)
    #expect(
      record.probers[0].explanation
        == "alpha did not answer after its link-down, and bravo took 10.0.1.200 299.0 ms later")
  }

  /// Before anything breaks daemons agree on a holder, and that is no transition.
  @Test func whatComesBeforeTheFirstFaultIsNone() {
    var scene = scene()
    scene.see(bravo, .foreignClaim(at: Scene.at(50)))
    scene.see(alpha, .foreignRelease(at: Scene.at(60)))
    scene.see(bravo, .foreignRelease(at: Scene.at(100)))
    scene.see(alpha, .foreignClaim(at: Scene.at(100)))
    scene.probes(100..<2_000, .answered(by: alpha))
    // It is over before anybody has noticed.
    scene.breakDown(.stop, of: alpha, 1_000..<1_100)
    #expect(judged(scene, end: 2_000).isEmpty)
  }

  @Test func aMoveThatNoFaultExplainsIsAFinding() {
    var scene = scene()
    scene.probes(0..<1_400, .answered(by: alpha))
    // Over before anybody has noticed, and long ago.
    scene.breakDown(.stop, of: alpha, 400..<500)
    scene.see(alpha, .foreignRelease(at: Scene.at(1_400)))
    scene.see(bravo, .foreignClaim(at: Scene.at(1_400)))
    scene.see(bravo, .announced(at: Scene.at(1_400)))
    scene.probes(1_400..<2_500, .answered(by: bravo))
    #expect(judged(scene, end: 2_500).map(\.disturbance) == [.observed])
  }

  /// The service is dead, and no daemon asks for it: clients are cut off by what moves nothing.
  @Test(arguments: [(Int64(250), Verdict.good), (900, .stuck)])
  func aFaultThatNobodyNoticesButClientsIsATransition(length: Int64, verdict: Verdict) throws {
    var scene = scene()
    scene.probes(0..<500, .answered(by: alpha))
    scene.breakDown(.killService, of: alpha, 500..<(500 + length))
    scene.probes(500..<(500 + length), .lost)
    scene.arrive(500..<(500 + length), at: alpha, isHeld: true)
    // One of its own, from before.
    scene.see(alpha, .announced(at: Scene.at(900)))
    scene.probes((500 + length)..<3_000, .answered(by: alpha))
    let record = try #require(judged(scene, end: 3_000).first)
    #expect(record.from == "alpha" && record.to == "alpha" && record.verdict == verdict)
    #expect(record.lossOfConnectivity == .milliseconds(length))
    #expect(record.detection == nil && record.move == nil && record.announced == nil)
    #expect(record.probers[0].cause == .newHolderSilent)
    #expect(
      record.probers[0].explanation
        == "alpha did not answer after its kill-service, and nobody took 10.0.1.200 from it")
  }

  /// What servers that are parted on purpose do not hear of each other is no outage.
  @Test func whoIsPartedIsAskedForNothing() throws {
    var scene = scene()
    scene.probes(0..<2_000, .answered(by: alpha))
    scene.probes(0..<500, .answered(by: alpha), by: bravo)
    scene.breakDown(.partitionInward, of: alpha, 500..<1_000)
    scene.probes(500..<1_000, .lost, by: bravo)
    scene.probes(1_000..<2_000, .answered(by: alpha), by: bravo)
    #expect(judged(scene, end: 2_000).isEmpty)
  }

  /// Each of three that do not hear each other takes the VIP. When they do again, all but one give it up.
  @Test func whatServersTakeThatArePartedIsThePartitionsDoing() throws {
    let charlie: NodeID = 5
    var scene = scene()
    scene.roster.members.append(
      PathRoster.Member(
        node: charlie, name: "charlie", role: .server, mac: Scene.mac(charlie), recovery: nil))
    scene.probes(0..<800, .answered(by: alpha))
    scene.breakDown(.partition, of: alpha, 500..<1_500)
    for (server, from, until) in [(bravo, Int64(800), Int64(1_512)), (charlie, 1_300, 1_510)] {
      scene.see(server, .foreignClaim(at: Scene.at(from)))
      scene.see(server, .announced(at: Scene.at(from)))
      scene.announcement(server, from)
      scene.entry(server, from)
      scene.see(server, .foreignRelease(at: Scene.at(until)))
    }
    scene.probes(800..<1_300, .answered(by: bravo))
    scene.probes(1_300..<1_520, .answered(by: charlie))
    scene.see(alpha, .announced(at: Scene.at(1_520)))
    scene.announcement(alpha, 1_520)
    scene.entry(alpha, 1_520)
    scene.probes(1_520..<2_500, .answered(by: alpha))
    let records = judged(scene, end: 2_500)
    try #require(records.map(\.disturbance) == [.fault, .recovery])
    #expect(records.map(\.from) == ["alpha", "charlie"])
    #expect(records.map(\.to) == ["charlie", "alpha"])
    #expect(records.map(\.verdict) == [.good, .good])
    #expect(records.map(\.heldByTwo) == [.milliseconds(700), .milliseconds(12)])
  }

  /// keepalived gives the VIP up where the carrier is gone, and its node would be a prober that hears nobody.
  @Test func whoIsWithoutACarrierIsAskedForNothing() throws {
    var scene = scene(.linkDown)
    scene.probes(0..<500, .answered(by: bravo), by: bravo)
    scene.see(alpha, .foreignRelease(at: Scene.at(510)))
    scene.probes(510..<1_500, .lost, by: alpha)
    scene.see(bravo, .foreignClaim(at: Scene.at(800)))
    scene.see(bravo, .announced(at: Scene.at(800)))
    scene.announcement(bravo, 800)
    scene.probes(800..<2_000, .answered(by: bravo))
    let record = try #require(judged(scene, end: 2_000).first)
    #expect(record.probers.map(\.node) == ["client"] && record.verdict == .good)
    #expect(record.lossOfConnectivity == .milliseconds(300))
  }

  /// A cable that is in again before the others have noticed.
  @Test func aFaultThatIsOverBeforeItIsNoticedIsFeltAllTheSame() throws {
    var scene = scene()
    scene.probes(0..<500, .answered(by: alpha))
    scene.breakDown(.linkDown, of: alpha, 500..<700)
    scene.probes(500..<700, .lost)
    scene.probes(700..<2_000, .answered(by: alpha))
    let record = try #require(judged(scene, end: 2_000).first)
    #expect(record.fault == .linkDown && record.to == "alpha" && record.verdict == .good)
    #expect(record.lossOfConnectivity == .milliseconds(200))
  }

  /// An outage that outlasts its fault is one.
  @Test func aFaultThatIsOverBeforeItIsNoticedIsOneTransition() throws {
    var scene = scene()
    scene.probes(0..<500, .answered(by: alpha))
    scene.breakDown(.crash, of: alpha, 500..<600)
    scene.probes(500..<800, .lost)
    scene.see(bravo, .foreignClaim(at: Scene.at(799)))
    scene.see(bravo, .announced(at: Scene.at(799)))
    scene.probes(800..<2_000, .answered(by: bravo))
    let records = judged(scene, end: 2_000)
    try #require(records.map(\.disturbance) == [.fault])
    #expect(records[0].lossOfConnectivity == .milliseconds(300))
    #expect(records[0].detection == .milliseconds(299) && records[0].verdict == .good)
  }

  /// It may come back, and take the VIP back from the other at once.
  @Test func whoComesBackAtOnceIsTheNewHolder() throws {
    var scene = scene()
    scene.probes(0..<500, .answered(by: alpha))
    scene.breakDown(.crash, of: alpha, 500..<600)
    scene.probes(500..<800, .lost)
    scene.see(bravo, .foreignClaim(at: Scene.at(798)))
    // The kernels' news of one instant may come in any order.
    scene.see(bravo, .foreignRelease(at: Scene.at(799)))
    scene.see(alpha, .foreignClaim(at: Scene.at(800)))
    scene.see(alpha, .announced(at: Scene.at(800)))
    scene.probes(800..<2_000, .answered(by: alpha))
    let records = judged(scene, end: 2_000)
    try #require(records.map(\.disturbance) == [.fault])
    #expect(records[0].from == "alpha" && records[0].to == "alpha")
    #expect(records[0].verdict == .good && records[0].lossOfConnectivity == .milliseconds(300))
  }

  /// Without preemption: who comes back gives up what it no longer has.
  @Test func theEndOfAFaultThatMovesNothingIsNone() {
    var scene = scene()
    scene.probes(0..<800, .answered(by: alpha))
    scene.breakDown(.kill, of: alpha, 500..<1_500)
    scene.see(bravo, .foreignClaim(at: Scene.at(800)))
    scene.see(bravo, .announced(at: Scene.at(800)))
    scene.probes(800..<2_000, .answered(by: bravo))
    scene.see(alpha, .foreignRelease(at: Scene.at(1_510)))
    #expect(judged(scene, end: 2_000).map(\.disturbance) == [.fault])
  }

  /// What follows is the doing of whatever killed it, until it is started again.
  @Test func aDaemonThatEndedByItselfVoidsWhatFollows() {
    var scene = scene(.crash)
    scene.see(bravo, .foreignClaim(at: Scene.at(800)))
    scene.probes(800..<2_500, .answered(by: bravo))
    scene.see(bravo, .daemonEnded(at: Scene.at(900), words: "keepalived ended by itself with 9: x"))
    let records = judged(scene, end: 2_500)
    #expect(records.map(\.voidReason) == ["bravo: keepalived ended by itself with 9: x"])
  }

  @Test func whatNobodyTakesOverIsStuck() throws {
    var scene = scene(.crash)
    scene.probes(800..<2_000, .lost)
    let record = try #require(judged(scene, end: 2_000).first)
    #expect(record.verdict == .stuck && record.to == "" && record.detection == nil)
    #expect(record.probers[0].cause == .noHolder)
  }

  @Test func aFaultThatComesLateIsVoid() throws {
    var scene = scene()
    scene.probes(0..<560, .answered(by: alpha))
    scene.breakDown(.crash, of: alpha, 500..<1_500, late: 60)
    scene.probes(560..<800, .lost)
    scene.see(bravo, .foreignClaim(at: Scene.at(800)))
    scene.probes(800..<2_000, .answered(by: bravo))
    let record = try #require(judged(scene, end: 2_000).first)
    #expect(record.voidReason == "the crash of alpha came 60 ms late")
  }
}
