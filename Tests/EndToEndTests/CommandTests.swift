import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// What the command line answers, and the code it exits with.
  @Suite struct CommandTests {
    @Test(.besideOthers) func compareShowsThePathsSideBySide() throws {
      let outcome = try Program.run(
        "compare", Program.topology("two-node"), "--handovers", "2", "--no-latency",
        "--no-bandwidth")
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("native"))
      #expect(outcome.output.contains("loss of connectivity, median"))
      #expect(!outcome.output.contains("Latency") && !outcome.output.contains("Bandwidth"))
      #expect(outcome.error.contains("native 0/2, vxlan 0/2, geneve 0/2 transitions"))
    }

    @Test(.besideOthers) func aBadTopologyIsListedAndExitsWith65() throws {
      let file = try temporaryFile("bad.yaml", "segmnets: {}\nnodes: 3\n")
      for command in ["check", "compare", "juggle", "up"] {
        let outcome = try Program.run(command, file)
        #expect(outcome.code == 65)
        #expect(outcome.output.isEmpty)
        #expect(outcome.error.contains("\(file):1:1: topology: unknown key `segmnets`"))
        #expect(outcome.error.contains("\(file):2:8: "))
      }
    }

    @Test(
      .besideOthers,
      arguments: [
        (
          "azure-pair",
          "path `native`: no announcement moves its VIP over the filtering switch `vnet`"
        ),
        (
          "juggle-5",
          "announcements of form `reply-broadcast` (`native`, `vxlan`, `geneve`) are not heeded "
            + "while a client's entry is younger than its locktime"
        ),
      ])
    func checkSaysWhatKeepsAVIPFromMoving(topology: String, expected: String) throws {
      let outcome = try Program.run("check", Program.topology(topology))
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("advice: \(expected)"), "\(outcome.output)")
      #expect(!(try Program.run("check", Program.topology("two-node")).output.contains("advice")))
    }

    @Test(.besideOthers) func upSaysWhatTheKernelLacksForTheLab() throws {
      let check = try Program.run("check", Program.topology("azure-pair")).output
      guard check.contains("kernel: netem: no") else { return }
      let outcome = try Program.run("up", Program.topology("azure-pair"), "--kernel", "host")
      #expect(outcome.code == 69)
      #expect(outcome.error.contains("this kernel lacks netem (module `sch_netem`)"))
    }

    @Test(.besideOthers) func withoutNftASwitchModelIsSkippedAndThePackageNamed() throws {
      let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
      let file = try temporaryFile(
        "filtering.yaml",
        text.replacingOccurrences(
          of: "subnet: 10.0.1.0/24", with: "subnet: 10.0.1.0/24, switch: filtering"))
      let outcome = try Program.run(
        ["compare", file, "--kernel", "host", "--path", "native"],
        wrapper: [
          "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
          "mount --bind /dev/null /usr/sbin/nft && exec \"$0\" \"$@\"",
        ])
      #expect(outcome.code == 69)
      #expect(
        outcome.error.contains("nft is not installed: `apt-get install nftables`"),
        "\(outcome.error)")
    }

    @Test(.besideOthers) func aMissingFileExitsWith65AndSaysWhy() throws {
      let outcome = try Program.run("compare", "/nowhere/lab.yaml")
      #expect(outcome.code == 65)
      #expect(outcome.error.contains("/nowhere/lab.yaml: cannot be read: No such file"))
    }

    @Test(
      .besideOthers,
      arguments: [
        ["--handovers", "0"], ["--handovers", "x"], ["--probe", "5"], ["--every", "1ms"],
        ["--probe", "500ms"], ["--path", "nativ"], ["--handovers", "1", "--duration", "3s"],
        ["--no-such-option"], ["--rounds", "4"], ["--streams", "0"], ["--latency-interval", "1us"],
        ["--latency-samples", "0"], ["--bandwidth-time", "500ms"], ["--udp", "fast"],
        ["--every", "1000000h"], ["--handovers", "9000000000000000000"], ["--duration", "0s"],
      ])
    func aWrongOptionExitsWith64(options: [String]) throws {
      let program = try Program(["compare", Program.topology("two-node")] + options)
      let outcome = try program.finish()
      #expect(outcome.code == 64)
      #expect(!outcome.error.isEmpty)
    }

    @Test(.besideOthers) func withoutPermissionItExitsWith77AndSaysWhatToDo() throws {
      for limit in ["max_net_namespaces", "max_user_namespaces"] {
        let outcome = try Program.run(
          "compare", Program.topology("two-node"),
          wrapper: withLimit(limit, 0) + (limit == "max_user_namespaces" ? unprivileged : []))
        #expect(outcome.code == 77, "\(limit)")
        #expect(outcome.error.contains("not permitted to make network namespaces"))
        #expect(outcome.error.contains("sysctl -w user.max_user_namespaces"))
      }
    }

    @Test(.besideOthers) func anOrdinaryUserNeedsNoPrivilege() throws {
      let outcome = try Program.run(
        "compare", Program.topology("two-node"), "--handovers", "1", "--quiet", "--no-latency",
        "--no-bandwidth", wrapper: unprivileged)
      #expect(outcome.code == 0)
      // Where the machine was at fault, that is said.
      let warnings = outcome.error.split(separator: "\n").filter { !$0.contains("void") }
      #expect(warnings.isEmpty, "\(outcome.error)")
      #expect(
        outcome.row("transitions").allSatisfy { ["1", "2"].contains($0) }
          && outcome.row("transitions").count == 3, "\(outcome.output)")
    }

    /// What it says before it asks for the right starts no thread, which would cost it that.
    @Test(.besideOthers) func checkNeedsNoPrivilegeEither() throws {
      let outcome = try Program.run(
        "check", Program.topology("two-node"), wrapper: unprivileged)
      #expect(outcome.code == 0 && outcome.error.isEmpty, "\(outcome.error)")
      #expect(outcome.output.contains("path native: can run"))
    }

    /// At once, and in one line.
    @Test(.besideOthers, arguments: ["check", "report", "judge"])
    func whatIsNoFileIsNotRead(command: String) throws {
      let pipe = try temporaryFile("pipe")
      #expect(mkfifo(pipe, 0o600) == 0)
      for (path, reason) in [
        ("/dev/zero", "it is a device"), ("/tmp", "Is a directory"),
        (pipe, "nobody writes to this pipe"),
      ] {
        let outcome = try Program([command, path]).finish(within: 10)
        #expect(outcome.code == 65)
        #expect(outcome.error == "vipjuggler: \(path): cannot be read: \(reason)\n")
      }
    }

    /// What the lab kernel's own programs are told does not make this kernel one.
    @Test(.besideOthers) func theEnvironmentDoesNotSayWhichKernelThisIs() throws {
      let file = try temporaryFile("run.json")
      let outcome = try Program.run(
        "compare", Program.topology("two-node"), "--kernel", "host", "--path", "native",
        "--handovers", "1", "--every", "400ms", "--no-latency", "--no-bandwidth", "--json", file,
        wrapper: ["VIPJUGGLER_KERNEL=uml"])
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(outcome.output.contains("(host)"), "\(outcome.output)")
      #expect(try String(contentsOfFile: file, encoding: .utf8).contains(#""kind" : "host""#))
    }

    @Test(.besideOthers) func aFileThatIsReadIsNotWritten() throws {
      let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
      let topology = try temporaryFile("own.yaml", text)
      let other = try temporaryFile("other")
      for (options, named) in [
        (["--journal", topology], topology), (["--json", topology], topology),
        (["--journal", other, "--json", other], other),
      ] {
        let outcome = try Program.run(["compare", topology] + options)
        #expect(outcome.code == 64 && outcome.error.contains(named), "\(outcome.error)")
        #expect(try String(contentsOfFile: topology, encoding: .utf8) == text)
      }
    }

    @Test(.besideOthers) func aPathTheKernelCannotBuildIsSkippedByName() throws {
      let file = Program.topology("two-node")
      let check = try Program.run("check", file).output
      // A machine whose own kernel has GENEVE has nothing to skip.
      guard check.contains("path geneve: skipped: this kernel lacks geneve") else {
        #expect(check.contains("path geneve: can run"))
        return
      }
      let outcome = try Program.run(
        "compare", file, "--handovers", "1", "--kernel", "host", "--no-latency", "--no-bandwidth")
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("geneve was skipped: this kernel lacks geneve"))
      let alone = try Program.run("compare", file, "--path", "geneve", "--kernel", "host")
      #expect(alone.code == 69)
      #expect(alone.error.contains("path `geneve`: this kernel lacks geneve (module `geneve`)"))
    }

    @Test(.besideOthers, arguments: ["/nowhere/run.json", "/tmp", ""])
    func aFileThatCannotBeWrittenIsRefusedBeforeTheRun(path: String) throws {
      let outcome = try Program.run(
        "compare", Program.topology("two-node"), "--kernel", "host", "--json", path)
      #expect(outcome.code == 1)
      #expect(outcome.error.contains("\(path): cannot be written: "))
      #expect(outcome.output.isEmpty)
    }

    @Test(.besideOthers) func aDeviceOrALinkIsWrittenToAndNotReplaced() throws {
      let target = try temporaryFile("target.json", "old")
      let link = target + ".link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
      let outcome = try Program.run(
        "compare", Program.topology("two-node"), "--path", "native", "--handovers", "1",
        "--no-latency", "--no-bandwidth", "--json", link)
      #expect(outcome.code == 0)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
      try expectSchema(target)
      #expect(try String(contentsOfFile: target, encoding: .utf8).contains("vipjuggler.run/1"))
    }

    @Test func aLossOverTheLimitExitsWith2() throws {
      let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
      let file = try temporaryFile(
        "gap.yaml", text.replacingOccurrences(of: "every: 1s,", with: "every: 1s, gap: 50ms,"))
      let quick = [
        "--handovers", "1", "--every", "500ms", "--kernel", "host", "--no-latency",
        "--no-bandwidth",
      ]
      let over = try Program.run(["compare", file, "--max-loss", "20ms"] + quick)
      #expect(over.code == 2)
      #expect(over.error.contains("over the limit of 20ms: `native`: longest "), "\(over.error)")
      #expect(over.error.contains("; `vxlan`: longest "), "\(over.error)")
      let within = try Program.run(["compare", file, "--max-loss", "900ms"] + quick)
      #expect(within.code == 0)
    }

    @Test(.besideOthers) func interruptedItShowsTheResultsSoFarAndExitsWith130() throws {
      let json = try temporaryFile("run.json")
      let program = try Program([
        "compare", Program.topology("two-node"), "--path", "native", "--json", json,
        "--no-latency", "--no-bandwidth",
      ])
      #expect(waitUntil(20) { program.errorOutput.contains("native 5/20") })
      program.signal(SIGINT)
      let outcome = try program.finish(within: 10)
      #expect(outcome.code == 130)
      // Void ones are results, too.
      #expect(outcome.output.contains("ended before all was measured"))
      #expect(outcome.row("transitions").contains { $0 != "0" }, "\(outcome.output)")
      try expectSchema(json)
      let data = try Data(contentsOf: URL(fileURLWithPath: json))
      #expect(String(decoding: data, as: UTF8.self).contains("\"index\" : 4"))
    }

    @Test(.besideOthers) func juggleTellsEveryTurnUntilInterrupted() throws {
      let program = try Program(["juggle", Program.topology("two-node")])
      #expect(waitUntil(20) { program.output.components(separatedBy: " good; ").count > 2 })
      program.signal(SIGINT)
      let outcome = try program.finish(within: 10)
      #expect(outcome.code == 0)
      #expect(outcome.output.contains(" begins  holds 10.0.1.200"))
      #expect(outcome.output.contains("  alpha -> bravo  "))
      #expect(outcome.output.contains("  bravo -> alpha  "))
      #expect(outcome.output.contains("--- native: 10.0.1.200 ---"))
    }

    @Test(.besideOthers) func aHandoverComesWhenItIsAskedFor() throws {
      let json = try temporaryFile("run.json")
      let two = Program.topology("two-node")
      let asked = ["juggle", two, "--method", "handover", "--json", json, "--at"]
      let outcome = try Program.run(asked + ["600ms,1500ms"])
      #expect(outcome.error.contains("a handover after 600ms, 1500ms"), "\(outcome.error)")
      try expectSchema(json)
      let run = try savedRun(json)
      let transitions = run.paths[0].transitions
      #expect(transitions.map(\.to) == ["bravo", "alpha"])
      // Where this machine was too busy for either, nothing was measured.
      let isVoid = transitions.allSatisfy { $0.verdict == .void }
      #expect(outcome.code == (isVoid ? 1 : 0), "\(outcome.error)")
      #expect(transitions[1].scheduled - transitions[0].scheduled == .milliseconds(900))
      for (arguments, text) in [
        (asked + ["1500ms,600ms"], "--at: 0s is too short a turn"),
        (asked + ["1s,2"], "'1s,2' is invalid"),
        (asked + ["1s", "--every", "2s"], "--every, --handovers"),
        (["juggle", two, "--at", "1s"], "juggle of path `native` is not asked"),
      ] {
        let refused = try Program.run(arguments)
        #expect(refused.code == 64 && refused.error.contains(text), "\(refused)")
      }
    }

    /// Each is told of before the next is asked for.
    @Test(.besideOthers) func aHandoverComesWithEveryLine() throws {
      let lines = try temporaryFile("lines")
      #expect(mkfifo(lines, 0o600) == 0)
      let program = try Program(
        [
          "juggle", Program.topology("two-node"), "--path", "native", "--method", "handover",
          "--by-hand",
          "--every", "500ms",
        ], wrapper: ["sh", "-c", "exec \"$@\" < '\(lines)'", "sh"])
      let keys = try FileHandle(forWritingTo: URL(fileURLWithPath: lines))
      #expect(waitUntil(20) { program.output.contains(" begins ") }, "\(program.errorOutput)")
      for count in 1...2 {
        try keys.write(contentsOf: Data("\n".utf8))
        let isTold = waitUntil(20) {
          program.output.split(separator: "\n").count { line in
            ["good", "stuck", "void"].contains { line.contains("  \($0)") }
          } >= count
        }
        #expect(isTold, "\(program.output)\(program.errorOutput)")
      }
      program.signal(SIGINT)
      let outcome = try program.finish(within: 20)
      #expect(outcome.code == 0, "\(outcome)")
      #expect(outcome.error.contains("native: a handover at every Enter, "), "\(outcome.error)")
      #expect(outcome.output.contains("  alpha -> bravo  "), "\(outcome.output)")
      #expect(outcome.output.contains("  bravo -> alpha  "), "\(outcome.output)")
    }

    @Test(.besideOthers) func juggleExitsWith2WhenATransitionWasStuck() throws {
      // Linux ignores this form while an entry is younger than a second.
      let text = try String(contentsOfFile: Program.topology("juggle-5"), encoding: .utf8)
      let file = try temporaryFile(
        "short.yaml", text.replacingOccurrences(of: "every: 5s,", with: "every: 400ms,"))
      let juggle = ["juggle", file, "--handovers", "4", "--probe", "5ms"]
      var outcome = try Program.run(juggle)
      // On a busy machine all of them may be void.
      for _ in 0..<3 where outcome.code == 1 { outcome = try Program.run(juggle) }
      #expect(outcome.code == 2, "\(outcome)")
      #expect(outcome.output.contains("  stuck; "))
    }

    @Test func juggleSaysThatProbesReachedAServerWithoutTheVIP() throws {
      let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
      let file = try temporaryFile(
        "gap.yaml", text.replacingOccurrences(of: "every: 1s,", with: "every: 1s, gap: 50ms,"))
      let outcome = try Program.run("juggle", file, "--handovers", "3")
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("client -> 10.0.1.200"))
      #expect(outcome.output.contains("(but IP not held!)"))
    }
  }

  /// A user namespace in which the kernel's limit `name` is `value`.
  static func withLimit(_ name: String, _ value: Int) -> [String] {
    [
      "unshare", "--user", "--map-root-user", "sh", "-c",
      "echo \(value) > /proc/sys/user/\(name) && exec \"$@\"", "sh",
    ]
  }

  /// Without the capability that making namespaces takes.
  static let unprivileged = ["setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
}

private func withLimit(_ name: String, _ value: Int) -> [String] { EndToEnd.withLimit(name, value) }
private let unprivileged = EndToEnd.unprivileged

/// Everything that runs the program; in turns, because it measures time.
@Suite(.takesTurns) struct EndToEnd {}
