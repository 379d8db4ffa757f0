import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing
import TopologyModel

extension EndToEnd {
  /// OCF resource agents, the real ones of resource-agents, that move the VIP.
  @Suite struct ResourceTests {
    /// Where the agents are that the Makefile unpacks.
    static let environment: [String] = {
      let tools = Program.root.appendingPathComponent(".build/tools/usr").path
      return ["env", "OCF_ROOT=\(tools)/lib/ocf", "HA_BIN=\(tools)/libexec/heartbeat"]
    }()

    /// IPaddr2 has the address, SendArp tells of it.
    static let group = """
      method: ocf, heartbeat: { every: 100ms }, ocf: [
          { agent: "ocf:heartbeat:IPaddr2", monitor: 1s,
            params: { ip: $VIP, nic: $INTERFACE, cidr_netmask: $PREFIX_LENGTH, arp_count: 1, arp_bg: false } },
          { agent: "ocf:heartbeat:SendArp", monitor: 1s, params: { ip: $VIP, nic: $INTERFACE } } ]
      """

    private func transitions(_ faults: String, enough: Int = 2) throws -> [TransitionRecord] {
      let paths = try DaemonRuns.transitions(
        of: DaemonRuns.topology("\(ResourceTests.group), faults: [ \(faults) ]"), handovers: 1,
        enough: enough, wrapper: ResourceTests.environment)
      return try #require(paths["native"])
    }

    @Test func aPlannedMoveIsStoppedHereAndStartedThere() throws {
      let transitions = try transitions("{ shutdown: holder, every: 5s, for: 2500ms }")
      for transition in transitions {
        #expect(transition.verdict == .good && transition.fault == .shutdown, "\(transition)")
        let there = transition.disturbance == .fault ? "bravo" : "alpha"
        #expect(transition.to == there && transition.from != there)
        #expect((transition.heldByTwo ?? .zero) == .zero, "never at both")
        #expect((transition.heldByNone ?? .zero) > .zero)
        #expect(transition.announced != nil)
        #expect(transition.lossOfConnectivity < .seconds(1), "\(transition)")
      }
    }

    @Test func aCrashIsNoticedByTheHeartbeats() throws {
      let transitions = try transitions("{ crash: holder, every: 5s, for: 2500ms }")
      let crash = try #require(transitions.first { $0.disturbance == .fault })
      #expect(crash.from == "alpha" && crash.to == "bravo" && crash.verdict == .good, "\(crash)")
      let detection = try #require(crash.detection)
      // Three words are missed and the skew waited for; then the agent is run.
      #expect(detection > .milliseconds(190) && detection < .milliseconds(1200), "\(detection)")
      let back = try #require(transitions.first { $0.disturbance == .recovery })
      #expect(back.to == "alpha" && (back.heldByTwo ?? .zero) == .zero, "\(back)")
    }

    /// The monitor finds it gone, and it is started anew where it was.
    @Test func anAddressThatIsTakenAwayIsPutBackWhereItWas() throws {
      let transitions = try transitions(
        "{ kill: address, every: 6s, for: 3s }", enough: 1)
      for transition in transitions {
        #expect(
          transition.from == transition.to && transition.fault == .killAddress, "\(transition)")
        #expect(transition.lossOfConnectivity < .milliseconds(1900), "\(transition)")
        let words = transition.probers.flatMap { $0.evidence }.map(\.event)
        #expect(
          words.contains {
            $0.contains("could not keep 10.0.1.200: ocf:heartbeat:IPaddr2 answered OCF_NOT_RUNNING")
          }, "\(words)")
      }
    }

    /// A service that is not well has those fail over, for nothing, that take nothing known for "not here"; those
    /// that do not only follow a crash.
    @Test func nothingKnownIsNoReasonToMove() throws {
      let paths = try DaemonRuns.transitions(
        of: Program.topology("hetzner-failover-ip"), handovers: 1, enough: 1,
        wrapper: ResourceTests.environment + [
          "OCF_RA_PATH=\(Program.root.appendingPathComponent("ocf").path)"
        ])
      let (naive, soft) = (try #require(paths["naive"]), try #require(paths["soft"]))
      let moves = naive.filter { $0.disturbance == .observed }
      #expect(!moves.isEmpty)
      let words = moves.flatMap(\.probers).flatMap(\.evidence).map(\.event)
      #expect(words.contains { $0.contains("ocf:naive:floating-ip answered OCF_") }, "\(words)")
      #expect(soft.allSatisfy { $0.disturbance != .observed }, "\(soft)")
      let crash = try #require(soft.first { $0.disturbance == .fault })
      #expect(crash.to != crash.from)
    }

    /// An agent that says so is not run there, and nothing is left.
    @Test(.besideOthers) func whatAnAgentRefusesIsTold() throws {
      let topology = try DaemonRuns.topology(
        """
        method: ocf, ocf: { agent: "ocf:heartbeat:IPaddr2", params: { ip: $VIP, arp_count: 0 } }
        """)
      let program = try Program(["juggle", topology], wrapper: ResourceTests.environment)
      let words =
        "could not look for 10.0.1.200: ocf:heartbeat:IPaddr2 answered OCF_ERR_CONFIGURED: "
        + "Invalid OCF_RESKEY_arp_count [0]"
      for server in ["alpha", "bravo"] {
        #expect(
          waitUntil(20) { program.errorOutput.contains("\(server) \(words)") },
          "\(program.errorOutput)")
      }
      program.signal(SIGINT)
      _ = try program.finish(within: 20)
      let json = try temporaryFile("run.json")
      let compared = try Program.run(
        "compare", topology, "--path", "native", "--handovers", "1", "--every", "1s", "--quiet",
        "--no-latency", "--no-bandwidth", "--json", json, wrapper: ResourceTests.environment)
      #expect(compared.code == 1, "\(compared)")
      #expect(
        compared.error.hasSuffix(
          "nothing was measured: nothing moved the VIP; what was said before this says why\n"),
        "\(compared)")
      #expect(!FileManager.default.fileExists(atPath: json))
    }

    @Test(
      .besideOthers,
      arguments: [
        ("ocf:nobody:Nothing", "there is no OCF resource agent ocf:nobody:Nothing in "),
        ("ocf:heartbeat:IPadr2", "; did you mean ocf:heartbeat:IPaddr2?"),
        ("ocf:own:Mute", "the OCF resource agent ocf:own:Mute is no program: `chmod +x "),
      ])
    func anAgentThatIsNotThereIsNamed(agent: String, words: String) throws {
      let folder = URL(fileURLWithPath: try temporaryFile("agents"))
      let own = folder.appendingPathComponent("own")
      try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
      try Data("#!/bin/sh\n".utf8).write(to: own.appendingPathComponent("Mute"))
      let topology = try DaemonRuns.topology(
        "method: ocf, ocf: { agent: \"\(agent)\", params: { ip: $VIP } }")
      let outcome = try Program.run(
        "juggle", topology, wrapper: ResourceTests.environment + ["OCF_RA_PATH=\(folder.path)"])
      #expect(outcome.code == 69)
      #expect(outcome.error.contains(words), "\(outcome)")
    }
  }
}
