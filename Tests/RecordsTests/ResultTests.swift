import Foundation
import Measurement
import Packets
import Records
import Testing
import TopologyModel

@Suite struct ResultTests {
  private func transition(_ index: Int, losses: [Int]) -> TransitionRecord {
    let probers = losses.enumerated().map { number, lost in
      var window = ProberWindow(newHolder: 1)
      var tracker = LossTracker(interval: .milliseconds(1))
      for sent in 0..<50 {
        let at = Timestamp(nanoseconds: Int64(sent) * 1_000_000)
        let isLost = sent > 0 && sent <= lost
        window.record(
          OutcomeRun(sent: at, answered: isLost ? nil : at, reflector: 1), tracker: &tracker)
      }
      return ProberRecord(
        node: "node\(number)", window: window, interval: .milliseconds(1),
        scheduled: Timestamp(nanoseconds: 0), verdict: index == 99 ? .void : .good, evidence: [],
        name: { "node\($0.rawValue)" })
    }
    return TransitionRecord(
      index: index, from: "alpha", to: "bravo", scheduled: Timestamp(nanoseconds: 0),
      addressAdded: nil, addressRemoved: nil, announced: nil, probers: probers)
  }

  @Test func aTransitionCountsWithTheProberCutOffLongest() {
    #expect(transition(0, losses: [2, 7, 3]).lossOfConnectivity == .milliseconds(7))
    #expect(transition(0, losses: [2, 7, 3]).lossDerived == .milliseconds(7))
  }

  @Test func theSummaryLeavesVoidTransitionsOutOfTheDistribution() {
    let summary = PathSummary([
      transition(0, losses: [1]), transition(1, losses: [3]), transition(2, losses: [2]),
      transition(99, losses: [40]),
    ])
    #expect(summary.transitions == 4)
    #expect(summary.void == 1)
    #expect(summary.probesSent == 150)
    #expect(summary.probesLost == 6)
    #expect(summary.lossOfConnectivity?.p50 == .milliseconds(2))
    #expect(summary.lossOfConnectivity?.max == .milliseconds(3))
  }

  @Test func percentilesAreMeasuredValues() {
    let spans = (1...200).reversed().map { TimeSpan.milliseconds(Int64($0)) }
    let distribution = Distribution(spans)
    #expect(distribution?.min == .milliseconds(1))
    #expect(distribution?.p50 == .milliseconds(100))
    #expect(distribution?.p90 == .milliseconds(180))
    #expect(distribution?.p99 == .milliseconds(198))
    #expect(distribution?.max == .milliseconds(200))
    #expect(Distribution([]) == nil)
  }

  @Test func whatIsNotThereIsWrittenAsNull() throws {
    let run = RunRecord(
      tool: "vipjuggler", topology: "two-node",
      kernel: KernelDescription(release: "6.1", kind: .host), seed: 1,
      probeInterval: .milliseconds(1),
      paths: [
        PathRecord(
          name: "native", kind: .native, method: .juggle, mtu: 1500, udpChecksum: nil,
          skipped: nil, transitions: [transition(0, losses: [1])])
      ])
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(run))
    let path = try #require(((json as? [String: Any])?["paths"] as? [[String: Any]])?.first)
    for key in ["udp_checksum", "skipped", "latency", "bandwidth"] {
      #expect(path[key] is NSNull, "\(key)")
    }
    let prober = try #require(
      ((path["transitions"] as? [[String: Any]])?.first?["probers"] as? [[String: Any]])?.first)
    for key in ["cause", "announcement_seen_ns", "takeover_ns"] {
      #expect(prober[key] is NSNull, "\(key)")
    }
    #expect(prober["loss_of_connectivity_ns"] as? Int == 1_000_000)
    let decoded = try JSONDecoder().decode(RunRecord.self, from: JSONEncoder().encode(run))
    #expect(decoded.paths[0].transitions[0].probers[0].probesLost == 1)
  }
}
