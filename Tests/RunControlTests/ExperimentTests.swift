import LinuxNet
import Measurement
import NamespaceLab
import NodeAgent
import Packets
import Records
import RunControl
import TestSupport
import Testing
import TopologyModel

/// Whole experiments on the running kernel. One at a time: they measure time.
@Suite(.takesTurns) struct ExperimentTests {
  private func measure(
    _ topology: Topology, transitions: Int
  ) throws -> [PathRecord] {
    try measured(topology, transitions: transitions).paths
  }

  @Test func theVIPMovesOnEveryPathAndEveryOtherNodeProbes() throws {
    let results = try measure(pair(failover: "{ every: 400ms }"), transitions: 3)
    #expect(results.map(\.name) == ["native", "vxlan"])
    for path in results {
      #expect(path.summary.stuck == 0)
      for (transition, next) in zip(path.transitions.prefix(3), path.transitions[1..<3]) {
        #expect(transition.to == next.from)
      }
      for transition in path.counted {
        let added = try #require(transition.addressAdded)
        let announced = try #require(transition.announced)
        #expect(transition.scheduled <= added && added <= announced)
        #expect(transition.scheduled.nanoseconds % 400_000_000 == 0)
        #expect(Set(transition.probers.map(\.node)) == ["client", transition.from])
        for prober in transition.probers {
          #expect(prober.firstReply != nil && prober.takeover != nil)
          #expect((prober.announcementSeen ?? announced) >= announced)
          #expect(prober.probesSent > 100)
        }
      }
    }
  }

  @Test func aGapBetweenReleaseAndClaimIsSeenAsLoss() throws {
    let results = try measure(pair(failover: "{ every: 400ms, gap: 60ms }"), transitions: 2)
    for path in results {
      for transition in path.counted {
        let gap = try #require(transition.addressAdded) - #require(transition.addressRemoved)
        let client = try #require(transition.probers.first { $0.node == "client" })
        #expect(transition.probers.count == 2)
        // The old holder's first probes wait for the address to be resolved: answered late, lost.
        for prober in transition.probers {
          #expect(prober.verdict == .good)
          // It begins 10 ms after its release.
          let missed = prober.node == "client" ? TimeSpan.zero : .milliseconds(10)
          #expect(prober.lossOfConnectivity >= gap - missed - .milliseconds(24))
          #expect(prober.lossOfConnectivity <= gap + .milliseconds(40))
        }
        // Until the announcement, the client's frames go where the VIP was.
        #expect(client.misdirected > 20 && client.misdirected <= client.probesLost)
        #expect(client.evidence.contains { $0.event.contains("captured at \(transition.from)") })
      }
    }
  }

  @Test func anOverlapCutsNobodyOff() throws {
    let results = try measure(pair(failover: "{ every: 400ms, overlap: 60ms }"), transitions: 2)
    for transition in results.flatMap(\.counted) {
      let client = try #require(transition.probers.first { $0.node == "client" })
      #expect(client.probesLost == 0)
      // A move on a busy machine may be late and count all the same.
      let (added, removed) = (transition.addressAdded!, transition.addressRemoved!)
      #expect(added < removed && removed - transition.scheduled >= .milliseconds(60))
    }
  }

  @Test(.alone) func anAnnouncementThatLinuxIgnoresLeavesTheClientStuck() throws {
    // A broadcast-target reply is no gratuitous ARP to Linux and is ignored for a second after
    // the entry last changed, which a turn of 400 ms never lets pass.
    let topology = try pair(
      failover: "{ every: 400ms, announce: { every: 50ms, form: reply-broadcast } }")
    // Who is cut off for a whole turn is so for a whole turn, not for one less what lies before the next; the
    // last of a round has no next, and others may be void.
    func isWhole(_ loss: TimeSpan) -> Bool {
      (.milliseconds(396) ... .milliseconds(404)).contains(loss)
    }
    var losses: [TimeSpan] = []
    for _ in 0..<4 where !losses.contains(where: isWhole) {
      let native = try measure(topology, transitions: 4)[0]
      #expect(native.summary.stuck > 0)
      #expect(native.summary.misdirected > 0)
      losses += native.transitions.filter { $0.verdict == .stuck }.map(\.lossOfConnectivity)
    }
    #expect(losses.contains(where: isWhole), "\(losses)")
  }

  @Test func aServerThatLosesItsInterfaceEndsNoRun() throws {
    let topology = try pair(failover: "{ every: 400ms }")
    let lab = try Lab(topology)
    var warnings: [String] = []
    let native = [try #require(topology.path(named: "native"))]
    let experiment = try Experiment(
      site: lab, paths: native, skipped: [:],
      plan: ExperimentPlan(transitions: 2),
      interruption: Interruption()
    ) { if case .news(_, .warning(let text)) = $0 { warnings.append(text) } }
    _ = try run("ip", "link", "delete", "lan", in: lab.nodes[0])
    // Whichever server the clock makes the first holder.
    _ = experiment.run()
    let transitions = experiment.results[0].transitions
    #expect(transitions.count >= 2)
    for transition in transitions where transition.verdict != .void {
      let client = try #require(transition.probers.first { $0.node == "client" })
      #expect(client.probesSent > 100)
      if transition.to == "alpha" { #expect(client.verdict == .stuck) }
    }
    #expect(warnings.contains { $0.hasPrefix("alpha could not take 10.0.1.200: ") }, "\(warnings)")
  }

  /// From the first server to the second and back, each of them told.
  @Test func aHandoverIsDoneAsItIsAskedFor() throws {
    let failover =
      "{ method: handover, every: 600ms, gap: 40ms, announce: { count: 2, every: 50ms } }"
    let path = try measure(pair(failover: failover), transitions: 3)[0]
    #expect(path.method == .handover && path.failover?.announceCount == 2)
    #expect(path.transitions.prefix(3).map(\.to) == ["bravo", "alpha", "bravo"])
    #expect(path.transitions.allSatisfy { $0.disturbance == .requested })
    for transition in path.counted {
      let gap = try #require(transition.addressAdded) - #require(transition.addressRemoved)
      // On a busy machine the one may be late, and the other not.
      #expect(transition.verdict == .good && gap > .milliseconds(20))
    }
  }

  /// Both have the address, and the client is never cut off; the one that has it already takes nothing.
  @Test func whoNeverGivesTheVIPUpGoesOnAnswering() throws {
    let failover = "{ method: handover, every: 1600ms, release: false }"
    let path = try measure(
      pair(switch: "{ model: sticky, probability: 100%, hold: 700ms }", failover: failover),
      transitions: 2)[0]
    for transition in path.counted {
      let client = try #require(transition.probers.first { $0.node == "client" })
      #expect(client.probesLost == 0 && transition.addressRemoved == nil)
      #expect(client.cause == .duplicateHolder, "\(client.explanation ?? "")")
    }
  }

  @Test func aSkippedPathIsShownWithItsReason() throws {
    let topology = try pair(failover: "{ every: 400ms }")
    let experiment = try Experiment(
      site: Lab(topology), paths: topology.paths, skipped: ["vxlan": "no such device"],
      plan: ExperimentPlan(transitions: 1),
      interruption: Interruption()
    ) { _ in }
    _ = experiment.run()
    #expect(experiment.results.map(\.skipped) == [nil, "no such device"])
    #expect(experiment.results.map(\.transitions.isEmpty) == [false, true])
  }
}
