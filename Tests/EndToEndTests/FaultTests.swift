import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing
import TopologyModel

extension EndToEnd {
  /// What breaks on purpose, one after the other, and what comes of it.
  @Suite struct FaultTests {
    /// The daemon alone is killed: its address stays, and nobody is cut off.
    @Test(.besideOthers) func aDaemonThatIsKilledCutsNobodyOff() throws {
      let killed = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: heartbeat, faults: [ { kill: holder, every: 3s, for: 1500ms } ]"),
        handovers: 1, enough: 2, wrapper: EndToEnd.unprivileged)
      let kill = try #require(killed["native"]?.first { $0.disturbance == .fault })
      #expect(kill.lossOfConnectivity < .milliseconds(50) && kill.to == "bravo")
      #expect((kill.heldByTwo ?? .zero) > .milliseconds(500))
    }

    /// The one that is cut off holds the VIP all along, and announces it when it is back.
    @Test func aCableThatIsPulledEndsInASplitBrain() throws {
      let pulled = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: heartbeat, faults: [ { link-down: holder, every: 3s, for: 1500ms } ]"),
        handovers: 1, enough: 2)
      let transitions = try #require(pulled["native"])
      for fault in transitions where fault.disturbance == .fault {
        #expect(fault.from == "alpha" && fault.to == "bravo" && fault.verdict == .good)
        #expect((fault.heldByTwo ?? .zero) > .milliseconds(500))
        #expect(fault.probers.first { $0.node == "client" }?.cause == .noHolder)
        let off = fault.lossOfConnectivity - (try #require(fault.detection))
        #expect(max(off, .zero - off) < .milliseconds(50))
      }
      for end in transitions where end.disturbance == .recovery {
        #expect(end.from == "bravo" && end.to == "alpha" && end.verdict == .good)
      }
    }

    /// A machine that stands still answers nobody, and is itself again later, with a VIP that it no longer has.
    @Test func aMachineThatFreezesIsTakenForDead() throws {
      let frozen = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: heartbeat, faults: [ { freeze: holder, every: 2s, for: 1s } ]"),
        handovers: 1, enough: 2)
      let freeze = try #require(frozen["native"]?.first { $0.disturbance == .fault })
      #expect(freeze.to == "bravo" && freeze.verdict == .good)
      let off = freeze.lossOfConnectivity - (try #require(freeze.detection))
      #expect(max(off, .zero - off) < .milliseconds(50), "\(freeze)")
      #expect(freeze.probers.first { $0.node == "client" }?.cause == .noHolder)
    }

    /// No daemon asks for the service: clients are cut off for as long as it is dead.
    @Test(arguments: ["stamp", "http"])
    func aServiceThatIsDeadIsNoticedByNobodyButClients(probe: String) throws {
      let dead = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: heartbeat, stuckAfter: 500ms, faults: [ { kill: service, every: 2s, for: 1s } ] }"
            + "\nprobe: { kind: \(probe), every: 10ms"),
        handovers: 1, enough: 1)
      for transition in try #require(dead["native"]) {
        #expect(transition.fault == .killService && transition.verdict == .stuck)
        #expect(transition.from == "alpha" && transition.to == "alpha")
        let loss = transition.lossOfConnectivity
        #expect(loss > .milliseconds(900) && loss < .milliseconds(1_200), "\(loss)")
        let client = transition.probers.first { $0.node == "client" }
        #expect(client?.cause == .newHolderSilent, "\(client?.explanation ?? "")")
      }
    }

    /// It is out for a quarter of a second and in for another: who has it just back loses it again.
    @Test func aLinkThatFlapsCutsClientsOffAgainAndAgain() throws {
      let flapping = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: heartbeat, heartbeat: { every: 50ms }, faults: [ { link-flap: holder, every: 2s, for: 1s } ]"
        ), handovers: 1, enough: 1)
      let flap = try #require(flapping["native"]?.first { $0.disturbance == .fault })
      #expect(flap.fault == .linkFlap && flap.to == "bravo")
      #expect(flap.lossOfConnectivity > .milliseconds(200))
      let client = try #require(flap.probers.first { $0.node == "client" })
      #expect(client.explanation?.contains("the link came and went on") == true, "\(client)")
    }

    /// Both hold it, on a network that is well: who took it announces it, and clients follow.
    @Test func aHeartbeatLinkThatIsPartedIsASplitBrain() throws {
      let topology = try temporaryFile(
        "link.yaml",
        """
        segments: { lan: { subnet: 10.0.1.0/24 }, link: { subnet: 10.0.9.0/24 } }
        nodes:
          alpha:  { on: { lan: 10.0.1.20, link: 10.0.9.20 } }
          bravo:  { on: { lan: 10.0.1.21, link: 10.0.9.21 } }
          client: { on: { lan: 10.0.1.4 }, role: client }
        paths:
          native: { segment: lan, vip: 10.0.1.200 }
        failover: { method: heartbeat, heartbeat: { every: 50ms, over: link },
          faults: [ { partition: heartbeat, every: 2s, for: 1s } ] }
        """)
      let parted = try DaemonRuns.transitions(of: topology, handovers: 1, enough: 2)
      for transition in try #require(parted["native"]) {
        #expect(transition.fault == .partitionHeartbeat && transition.verdict == .good)
        #expect(transition.lossOfConnectivity < .milliseconds(100))
        #expect(transition.to == (transition.disturbance == .fault ? "bravo" : "alpha"))
        guard transition.disturbance == .fault else { continue }
        #expect((transition.heldByTwo ?? .zero) > .milliseconds(400))
      }
    }

    /// Who is not heard any longer is taken for dead, and hears himself that he is not alone.
    @Test func aPartitionMayBeOneWay() throws {
      let parted = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: heartbeat, heartbeat: { every: 50ms }, "
            + "faults: [ { partition: outward, every: 2s, for: 1s } ]"), handovers: 1, enough: 1)
      for transition in try #require(parted["native"]) where transition.disturbance == .fault {
        #expect(transition.fault == .partitionOutward && transition.to == "bravo")
        #expect(transition.verdict == .good && transition.lossOfConnectivity < .milliseconds(100))
        #expect((transition.heldByTwo ?? .zero) > .milliseconds(100))
      }
    }

    /// The holder hears nobody, and everybody hears it: nothing follows.
    @Test func aFaultThatNobodyFeelsIsCounted() throws {
      let outcome = try Program.run(
        "compare",
        DaemonRuns.topology(
          "method: heartbeat, faults: [ { partition: inward, every: 1s, for: 600ms } ]"),
        "--handovers", "2", "--no-latency", "--no-bandwidth", "--quiet")
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(outcome.output.contains("2 faults moved nothing and cut nobody off."), "\(outcome)")
      #expect(outcome.row("faults that nobody felt") == ["2"], "\(outcome.output)")
    }

    /// By the hand of somebody who knows nothing of the daemon.
    @Test(.besideOthers) func aVIPThatIsTakenAwayIsTakenAgain() throws {
      let program = try Program([
        "juggle",
        DaemonRuns.topology("method: heartbeat, faults: [ { stop: holder, every: 60s, for: 1s } ]"),
      ])
      #expect(waitUntil(20) { program.output.contains(" begins ") }, "\(program.errorOutput)")
      let deleted = try Program.run(
        "exec", "--lab", "\(program.process.processIdentifier)", "alpha", "--", "ip", "address",
        "del", "10.0.1.200/32", "dev", "lan")
      #expect(deleted.code == 0, "\(deleted)")
      let shown = try waitUntil(5) {
        try Program.run(
          "exec", "--lab", "\(program.process.processIdentifier)", "alpha", "--", "ip", "-4", "-br",
          "address", "show", "lan"
        ).output.contains("10.0.1.200/32")
      }
      #expect(shown)
      program.signal(SIGINT)
      _ = try program.finish(within: 20)
    }

    /// All that it says comes half a second late: for so long nothing was heard of it.
    @Test func aHolderThatBecomesSlowIsTakenForDead() throws {
      let slow = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: heartbeat, faults: [ { slow: holder, by: 600ms, every: 3s, for: 1500ms } ]"),
        handovers: 1, enough: 1)
      for fault in try #require(slow["native"]) where fault.disturbance == .fault {
        #expect(fault.fault == .slow && fault.from == "alpha" && fault.to == "bravo")
        #expect((fault.heldByTwo ?? .zero) > .milliseconds(100))
      }
    }

    /// ucarp counts seconds.
    @Test func ucarpMovesTheVIPToo() throws {
      let paths = try DaemonRuns.transitions(
        of: DaemonRuns.topology("method: carp, faults: [ { crash: holder, every: 9s, for: 5s } ]"),
        handovers: 1,
        enough: 2)
      let transitions = try #require(paths["native"])
      let crash = try #require(transitions.first { $0.disturbance == .fault })
      #expect(crash.from == "alpha" && crash.to == "bravo" && crash.verdict == .good)
      let detection = try #require(crash.detection)
      #expect(detection > .milliseconds(1_900) && detection < .seconds(5), "\(detection)")
      let back = try #require(transitions.first { $0.disturbance == .recovery })
      #expect(back.to == "alpha" && back.lossOfConnectivity < .milliseconds(200))
    }

    /// Both hold it, clients follow the word that came last, and it ends with one of the survivor.
    @Test(arguments: ["heartbeat", "vrrp"])
    func aPartitionIsASplitBrain(method: String) throws {
      let parted = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: \(method), \(method): { every: 100ms }, "
            + "faults: [ { partition: holder, every: 3s, for: 1500ms } ]"), handovers: 1, enough: 2)
      for transition in try #require(parted["native"]) {
        #expect(transition.fault == .partition && transition.verdict == .good)
        #expect(transition.lossOfConnectivity < .milliseconds(100))
        #expect(transition.to == (transition.disturbance == .fault ? "bravo" : "alpha"))
        guard transition.disturbance == .fault else { continue }
        #expect((transition.heldByTwo ?? .zero) > .milliseconds(500))
      }
    }
  }
}
