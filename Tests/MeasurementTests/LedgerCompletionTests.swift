import Measurement
import Packets
import Testing
import TopologyModel

private let alpha = Scene.alpha
private let bravo = Scene.bravo

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

  /// A server is lost after the first move, and takes part again from the third on, the fourth being the
  /// first that it saw whole.
  @Test func aNodeThatComesBackIsMissingInBetweenOnly() {
    var scene = Scene()
    scene.probes(0..<100, .answered(by: alpha))
    scene.move(100)
    scene.probes(100..<1_100, .answered(by: bravo))
    scene.disturb(1_100, from: bravo, to: alpha)
    scene.see(bravo, .released(at: Scene.at(1_100)))
    scene.probes(1_100..<2_100, .lost)
    scene.disturb(2_100, from: alpha, to: bravo)
    scene.see(bravo, .claimed(at: Scene.at(2_100), due: Scene.at(2_100)))
    scene.probes(2_100..<3_100, .answered(by: bravo))
    scene.move(3_100, from: bravo, to: alpha)
    scene.probes(3_100..<3_600, .answered(by: alpha))
    scene.end(3_600)
    var ledger = TransitionLedger(scene.roster)
    for disturbance in scene.disturbances { ledger.disturb(disturbance) }
    if let end = scene.end { ledger.end(at: end.at, isInterrupted: false) }
    ledger.take(.upTo(at: Scene.at(500)), from: alpha)
    ledger.lose(alpha)
    ledger.take(.upTo(at: Scene.at(1_800)), from: alpha)
    ledger.rejoin(alpha, at: Scene.at(2_100))
    for (node, observation) in scene.seen { ledger.take(observation, from: node) }
    for node in [bravo, Scene.client] { ledger.take(.upTo(at: Scene.at(6_000)), from: node) }
    #expect(ledger.completed().count == 1, "what alpha did in its turn is awaited again")
    ledger.take(.upTo(at: Scene.at(6_000)), from: alpha)
    let last = ledger.completed().map(\.record.verdict)
    #expect(last == [.void, .void, .good], "\(last)")
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
