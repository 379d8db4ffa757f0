import Measurement
import Packets
import Testing
import TopologyModel

/// What this program or its machine did while it watched from outside.
@Suite struct OutsideFaultTests {
  private let alpha = Scene.alpha
  private let bravo = Scene.bravo

  /// In its midst a pause of this program's says nothing of an outage, and at its edge it is left out of it;
  /// whatever is sent or not sent then, the rest of it was one.
  @Test(arguments: [(Int64(4_000), Int64(3_000)), (2_950, 2_900), (5_950, 2_900)])
  func aPauseHidesNoOutage(begin: Int64, loss: Int64) throws {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.entry(alpha, 0)
    let turns: [(Range<Int64>, ProbeFate)] = [
      (0..<3_000, .answered(by: alpha)), (3_000..<6_000, .lost),
      (6_000..<9_000, .answered(by: bravo)),
    ]
    for (turn, fate) in turns {
      for rest in [0..<begin, (begin + 100)..<9_000] where turn.overlaps(rest) {
        scene.probes(turn.clamped(to: rest), fate)
      }
    }
    scene.see(
      Scene.client,
      .fault(
        .stalled(span: .milliseconds(100)), since: Scene.at(begin), at: Scene.at(begin + 100)))
    scene.end(9_000)
    scene.upTo(12_000)
    let records = scene.records()
    let record = try #require(records.first)
    #expect(records.count == 1 && record.verdict == .good && record.voidReason == nil)
    let told = record.lossOfConnectivity
    #expect(
      max(told - .milliseconds(loss), .milliseconds(loss) - told) <= .milliseconds(50), "\(told)")
    #expect(told <= .milliseconds(3_001), "\(told)")
  }

  @Test func theToolsOwnFaultIsVoid() {
    var scene = Scene(watching: OutsideView(gateway: nil, seesFrames: true))
    scene.entry(alpha, 0)
    scene.probes(0..<3_000, .answered(by: alpha))
    scene.probes(3_000..<3_200, .lost)
    scene.probes(3_200..<6_200, .answered(by: bravo))
    scene.end(6_200)
    scene.upTo(9_200)
    scene.see(
      Scene.client,
      .fault(.stalled(span: .milliseconds(300)), since: Scene.at(2_900), at: Scene.at(3_200)))
    #expect(scene.records().first?.verdict == .void)
  }
}
