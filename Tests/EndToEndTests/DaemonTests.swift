import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing
import TopologyModel

extension EndToEnd {
  /// Daemons of their own that decide who holds the VIP, and what breaks there.
  @Suite struct DaemonTests {
    /// Red Hat's bug 140414, with its cure beside it.
    @Test func aSplitBrainEndsWithoutAWordOrWithADyingBreath() throws {
      let paths = try DaemonRuns.transitions(
        of: Program.topology("lvs-split-brain"), handovers: 1, enough: 2)
      let (silent, breath) = (try #require(paths["silent"]), try #require(paths["breath"]))
      for transition in silent + breath {
        #expect(transition.fault == .stop)
        if transition.disturbance == .fault {
          #expect(transition.from == "master" && transition.to == "backup")
          #expect((transition.heldByTwo ?? .zero) > .milliseconds(500))
        } else {
          #expect(transition.disturbance == .recovery && transition.to == "master")
        }
      }
      let ends = silent.filter { $0.disturbance == .recovery }
      #expect(!ends.isEmpty)
      for end in ends {
        let client = try #require(end.probers.first { $0.node == "client" })
        #expect(client.verdict == .stuck && client.cause == .announcementNotSent)
        #expect(client.explanation?.contains("router's entry for 192.168.10.200") == true)
      }
      for transition in breath {
        #expect(transition.verdict == .good)
        #expect(transition.lossOfConnectivity < .milliseconds(100))
      }
    }

    @Test(arguments: [
      "method: heartbeat, heartbeat: { every: 100ms }", "method: vrrp, vrrp: { every: 100ms }",
    ])
    func anOutageAfterACrashIsDetectionAndMove(method: String) throws {
      let paths = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "\(method), faults: [ { crash: holder, every: 3s, for: 1500ms } ]",
          paths: """
            native: { vip: 10.0.1.200 }
              vxlan: { kind: vxlan, vip: 192.168.7.200, subnet: 192.168.7.0/24 }
            """), handovers: 1, enough: 2)
      #expect(paths.keys.sorted() == ["native", "vxlan"])
      for (name, transitions) in paths {
        let crash = try #require(transitions.first { $0.disturbance == .fault }, "\(name)")
        #expect(
          crash.verdict == .good && crash.from == "alpha" && crash.to == "bravo", "\(crash)")
        let (detection, move) = (try #require(crash.detection), try #require(crash.move))
        // Three words are missed, and the skew of the lower priority waited for.
        #expect(detection > .milliseconds(190) && detection < .milliseconds(600), "\(detection)")
        #expect(move < .milliseconds(100), "\(move)")
        let off = crash.lossOfConnectivity - detection - move
        #expect(max(off, .zero - off) < .milliseconds(5), "\(crash)")
        #expect(crash.probers.first { $0.node == "client" }?.cause == .noHolder)
        let back = try #require(transitions.first { $0.disturbance == .recovery }, "\(name)")
        #expect(back.to == "alpha" && back.lossOfConnectivity < .milliseconds(100))
      }
    }

    /// Each method has a column of every path.
    @Test func methodsAreComparedOnEveryPath() throws {
      let json = try temporaryFile("run.json")
      let (journal, again) = (try temporaryFile("run.jsonl"), try temporaryFile("again.json"))
      let outcome = try Program.run(
        "compare", Program.topology("two-node"), "--path", "native", "--path", "vxlan",
        "--method", "handover", "--method", "heartbeat", "--handovers", "1", "--every", "1s",
        "--latency-samples", "20", "--no-bandwidth", "--json", json, "--journal", journal)
      #expect(outcome.code == 0, "\(outcome.error)")
      try expectSchema(json)
      let run = try savedRun(json)
      #expect(
        run.paths.map(\.name) == [
          "native-handover", "native-heartbeat", "vxlan-handover", "vxlan-heartbeat",
        ])
      #expect(run.paths.map(\.method) == [.handover, .heartbeat, .handover, .heartbeat])
      for path in run.paths {
        let kinds = Set(path.transitions.map(\.disturbance))
        #expect(kinds.isSubset(of: path.method == .handover ? [.requested] : [.fault, .recovery]))
        #expect(!path.transitions.isEmpty)
        // What does not hang on the method is measured once.
        #expect((path.latency != nil) == (path.method == .handover))
      }
      #expect(try Program.run("judge", journal, "--json", again).code == 0)
      #expect(FileManager.default.contentsEqual(atPath: json, andPath: again))
    }

    @Test(.besideOthers, arguments: [("vrrp", "keepalived"), ("carp", "ucarp")])
    func withoutItsProgramThePathIsSkippedAndThePackageNamed(method: String, program: String) throws
    {
      let outcome = try Program.run(
        ["compare", DaemonRuns.topology("method: \(method)")],
        wrapper: [
          "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
          "mount --bind /dev/null /usr/sbin/\(program) && exec \"$0\" \"$@\"",
        ])
      #expect(outcome.code == 69)
      #expect(
        outcome.error.contains("\(program) is not installed: `apt-get install \(program)`"),
        "\(outcome.error)")
    }

    /// A user's own commands, run without a shell of ours.
    @Test func commandsMoveTheVIP() throws {
      let script = try temporaryFile(
        "move.sh",
        """
        test "$PEERS" && ip address "$1" "$VIP/$PREFIX_LENGTH" dev "$INTERFACE" || exit 7
        test "$1" = del || arping -q -U -c 1 -I "$INTERFACE" "$VIP"
        """)
      let moved = try DaemonRuns.transitions(
        of: DaemonRuns.topology(
          "method: script, every: 1s, script: { claim: [sh, \(script), add], release: [sh, \(script), del] }"
        ),
        handovers: 3, enough: 2)
      for transition in try #require(moved["native"]) {
        #expect(transition.disturbance == .requested && transition.verdict == .good)
        #expect(transition.announced != nil && transition.addressRemoved != nil)
        #expect(transition.lossOfConnectivity < .milliseconds(200))
      }
    }

    /// One that hangs is ended, one that fails is told of, and the round goes on.
    @Test(.besideOthers) func commandsThatFailAreToldOf() throws {
      let script = try temporaryFile(
        "fail.sh",
        "ip address add $VIP/32 dev $INTERFACE || { echo no room >&2; exit 3; }; sleep 60")
      let outcome = try Program.run([
        "juggle",
        DaemonRuns.topology(
          "method: script, every: 2s, script: { claim: [sh, \(script)], timeout: 500ms }"),
        "--handovers", "2",
      ])
      #expect(outcome.error.contains("had not ended after 500ms, and was ended"), "\(outcome)")
      #expect(outcome.error.contains("alpha could not take 10.0.1.200: "), "\(outcome)")
      #expect(outcome.error.contains("ended with 3: no room"), "\(outcome)")
    }

    /// Its last words are told, and the round ends all the same.
    @Test(.besideOthers) func aDaemonThatEndsByItselfIsToldWithItsLastWords() throws {
      let program = try Program([
        "juggle",
        DaemonRuns.topology(
          "method: vrrp, vrrp: { every: 100ms }, faults: [ { stop: holder, every: 3s } ]"),
      ])
      #expect(waitUntil(20) { program.output.contains(" begins ") })
      let daemons = try daemons(below: program.process.processIdentifier)
      #expect(daemons.count >= 2)
      for process in daemons { kill(process, SIGKILL) }
      #expect(
        waitUntil(10) { program.errorOutput.contains("keepalived ended by itself with 137: ") },
        "\(program.errorOutput)")
      program.signal(SIGINT)
      _ = try program.finish(within: 20)
      for process in daemons { #expect(waitUntil(5) { kill(process, 0) != 0 }) }
    }

    /// The processes of keepalived that `ancestor` has started.
    private func daemons(below ancestor: Int32) throws -> [Int32] {
      let all = try output(of: "ps", "-e", "-o", "pid=,ppid=,comm=").split(separator: "\n")
        .map { $0.split(separator: " ", maxSplits: 2).map(String.init) }.filter { $0.count == 3 }
      var family: Set<String> = ["\(ancestor)"]
      while case let more = all.filter({ family.contains($0[1]) && !family.contains($0[0]) }),
        !more.isEmpty
      {
        family.formUnion(more.map { $0[0] })
      }
      return all.filter { family.contains($0[0]) && $0[2].hasPrefix("keepalived") }
        .compactMap { Int32($0[0]) }
    }
  }
}
