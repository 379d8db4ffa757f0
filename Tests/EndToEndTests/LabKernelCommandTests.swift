import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// A command that runs in the lab kernel, from outside.
  @Suite struct LabKernelCommandTests {
    private let topology = Program.topology("three-node-geneve")

    @Test(.besideOthers) func thePathsOfOneRunShareTheLabKernel() throws {
      let json = try temporaryFile("run.json")
      let outcome = try Program.run(
        "compare", Program.topology("hetzner-vswitch"), "--kernel", "uml", "--path", "native",
        "--path", "geneve", "--handovers", "1", "--every", "1s", "--latency-samples", "100",
        "--json", json)
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(outcome.output.contains("(uml)"))
      #expect(outcome.row("MTU") == ["1400", "1350"], "\(outcome.output)")
      try expectSchema(json)
      let text = try String(contentsOfFile: json, encoding: .utf8)
      #expect(text.contains("\"kind\" : \"uml\""))
      // Progress, and what a busy machine has made up for.
      for line in outcome.error.split(separator: "\n") where !line.contains("void") {
        #expect(line.contains("transitions"))
      }
      #expect(!outcome.output.contains("not measured"), "\(outcome.output)")
      #expect(
        outcome.output.contains("A round trip takes") || outcome.output.contains("in latency"))
    }

    @Test(.besideOthers) func interruptedItShowsTheResultsSoFarAndExitsWith130() throws {
      let program = try Program([
        "compare", topology, "--kernel", "uml", "--no-latency", "--no-bandwidth",
      ])
      #expect(waitUntil(40) { program.errorOutput.contains("native 5/20") })
      program.signal(SIGINT)
      let outcome = try program.finish(within: 20)
      #expect(outcome.code == 130)
      // Void ones are results, too.
      #expect(outcome.output.contains("ended before all was measured"))
      #expect(outcome.row("transitions").contains { $0 != "0" }, "\(outcome.output)")
    }

    /// Before it can hear of it.
    @Test(.besideOthers) func interruptedAsItStartsItEnds() throws {
      let program = try Program(["up", topology, "--kernel", "uml"])
      #expect(try waitUntil(30) { try !kernels(of: program).isEmpty })
      program.signal(SIGINT)
      let outcome = try program.finish(within: 30)
      #expect([0, 130].contains(outcome.code), "\(outcome.error)")
    }

    @Test(.besideOthers) func killedItLeavesNoProcess() throws {
      let program = try Program([
        "compare", topology, "--kernel", "uml", "--no-latency", "--no-bandwidth",
      ])
      #expect(waitUntil(30) { program.errorOutput.contains("0/20") })
      let session = try kernels(of: program)
      #expect(!session.isEmpty)
      program.signal(SIGKILL)
      _ = try program.finish()
      let areGone = try waitUntil(10) { try Set(kernels()).isDisjoint(with: session) }
      #expect(areGone, "lab kernel left behind")
    }

    /// What user-mode Linux traces may die as it goes on; then that is said.
    @Test(.besideOthers) func stoppedForTwoSecondsItGoesOnOrSaysWhatItDiedOf() throws {
      let program = try Program(["juggle", topology, "--kernel", "uml", "--probe", "10ms"])
      #expect(waitUntil(60) { program.output.contains("holds") }, "\(program.errorOutput)")
      let session = try kernels(of: program)
      let kernel = try #require(session.compactMap(pid_t.init).first { getpgid($0) == $0 })
      let told = program.errorOutput.count
      #expect(kill(-kernel, SIGSTOP) == 0)
      _ = waitUntil(2) { !program.process.isRunning }
      #expect(kill(-kernel, SIGCONT) == 0)
      let words = [
        "held the program up for", "the lab kernel ended before its job",
        "what ran in the lab kernel was ended by signal",
      ]
      #expect(
        waitUntil(20) {
          let news = program.errorOutput.dropFirst(told)
          return words.contains { news.contains($0) }
        },
        "\(program.errorOutput)")
      program.signal(SIGINT)
      _ = try program.finish(within: 20)
      #expect(try waitUntil(10) { try Set(kernels()).isDisjoint(with: session) })
    }

    /// Exit codes, streams, signals, terminals: as on the host.
    @Test(.besideOthers) func commandsRunInTheNodesOfALabInIt() throws {
      let lab = try Program(["up", topology, "--kernel", "uml"])
      #expect(waitUntil(60) { lab.output.contains("is up: ") }, "\(lab.errorOutput)")
      let number = "\(lab.process.processIdentifier)"
      let shown = try Program.run(
        "exec", "--lab", number, "alpha", "--", "sh", "-c",
        "ip -d link show type geneve; echo oops >&2; exit 7")
      #expect(shown.code == 7)
      #expect(shown.output.contains("geneve id 42") && shown.error == "oops\n", "\(shown)")
      let nobody = try Program.run("exec", "--lab", number, "alpa", "--", "true")
      #expect(nobody.code == 1)
      #expect(nobody.error.contains("the lab has no node `alpa`; it has `alpha`, `bravo`"))
      // A folder that its user may not enter would make it 126.
      let missing = try Program.run(
        "exec", "--lab", number, "alpha", "--", "no-such-program", wrapper: ["PATH=/usr/bin:/bin"])
      #expect(missing.code == 127, "\(missing)")

      let program = Program.executable.path
      let data = try temporaryFile("data", String(repeating: "0123456789abcdef", count: 20_000))
      let copied = try outcome(
        of: "sh", "-c",
        "'\(program)' exec --lab \(number) alpha -- cat < '\(data)' | cmp - '\(data)'")
      #expect(copied.code == 0, "\(copied.output)")

      let trapping = try Program([
        "exec", "--lab", number, "alpha", "--", "sh", "-c",
        "trap 'echo told; exit 5' TERM; echo ready; while :; do sleep 0.1; done",
      ])
      #expect(waitUntil(10) { trapping.output == "ready\n" })
      trapping.signal(SIGTERM)
      let told = try trapping.finish(within: 10)
      #expect(told.code == 5 && told.output == "ready\ntold\n", "\(told)")

      let marked = try Program(["exec", "--lab", number, "alpha", "--", "sleep", "4242"])
      let sleeps = {
        try Program.run("exec", "--lab", number, "bravo", "--", "pgrep", "-fx", "sleep 4242").code
          == 0
      }
      #expect(try waitUntil(10) { try sleeps() })
      marked.signal(SIGKILL)
      _ = try marked.finish()
      #expect(try waitUntil(10) { try !sleeps() }, "a program was left without its caller")

      // Ctrl-C reaches what a shell waits for, once it does.
      // Whoever runs the tests may have been started to ignore it.
      let waiting = try Program(
        [
          "exec", "--lab", number, "alpha", "--", "sh", "-c",
          "trap 'exit 3' INT; sleep 4242; exit 1",
        ],
        wrapper: ["--default-signal=INT"])
      #expect(try waitUntil(10) { try sleeps() })
      waiting.signal(SIGINT)
      #expect(try waiting.finish(within: 10).code == 3)

      // What is left of a program that has ended, when it ends.
      let left = try Program.run(
        "exec", "--lab", number, "alpha", "--", "sh", "-c",
        "setsid sleep 0.5 > /dev/null 2>&1 & echo $!")
      let isGone = {
        try Program.run(
          "exec", "--lab", number, "alpha", "--", "sh", "-c", "kill -0 \(left.output)"
        ).code != 0
      }
      #expect(try waitUntil(10) { try isGone() }, "the end of process \(left.output) is unnoticed")

      let full = try outcome(
        of: "sh", "-c", "'\(program)' exec --lab \(number) alpha -- echo on > /dev/full")
      #expect(full.code == 1 && full.output.contains("No space left on device"), "\(full)")

      // Who does not read holds up nobody else.
      let flood = try Program(["exec", "--lab", number, "alpha", "--", "sh", "-c", "yes & yes >&2"])
      #expect(waitUntil(10) { !flood.output.isEmpty && !flood.errorOutput.isEmpty })
      flood.signal(SIGSTOP)
      #expect(
        try Program.run("exec", "--lab", number, "bravo", "--", "echo", "on").output == "on\n")
      flood.signal(SIGKILL)
      _ = try flood.finish()
      let closed = try outcome(of: "sh", "-c", "'\(program)' exec --lab \(number) alpha -- cat <&-")
      #expect(closed.code == 0 && closed.output == "", "\(closed.output)")

      let seen = try outcome(
        of: "script", "--quiet", "--return", "--command",
        "stty cols 91 rows 17; '\(program)' exec --lab \(number) alpha -- sh -c 'stty size; tty; exit 3'",
        "/dev/null")
      #expect(seen.code == 3, "\(seen.output)")
      #expect(seen.output.contains("17 91\r\n/dev/pts/"), "\(seen.output)")

      let held = try Program(["exec", "--lab", number, "alpha", "--", "sleep", "4242"])
      #expect(try waitUntil(10) { try sleeps() })
      lab.signal(SIGINT)
      #expect(try lab.finish(within: 10).code == 0)
      let lost = try held.finish(within: 10)
      #expect(lost.code == 1 && lost.error.contains("the lab has ended"), "\(lost)")
    }

    /// To a user namespace everybody is nobody, and nobody is let into his own lab all the same.
    @Test(.besideOthers, .enabled(if: geteuid() == 0, "it takes root to be another"))
    func nobodyEntersHisOwnLab() throws {
      let program = try FileManager.default.contentsOfDirectory(
        at: URL(fileURLWithPath: Machines.cache() + "/vipjuggler"), includingPropertiesForKeys: nil)[
          0]
      let file = try temporaryFile(
        "geneve.yaml", String(contentsOfFile: topology, encoding: .utf8))
      let nobody = [
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c",
        "shift; exec '\(program.path)' \"$@\"", "sh",
      ]
      let lab = try Program(["up", file], wrapper: nobody)
      #expect(waitUntil(60) { lab.output.contains("is up: ") }, "\(lab.errorOutput)")
      let exec = ["exec", "--lab", "\(lab.process.processIdentifier)", "alpha", "--", "hostname"]
      let shown = try Program.run(exec, wrapper: nobody)
      #expect(shown.code == 0, "\(shown)")
      // It is nobody else's.
      #expect(try Program.run(exec).code == 1)
      lab.signal(SIGINT)
      #expect(try lab.finish(within: 10).code == 0)
    }

    /// What is to be kept of a run in it is, in a folder that was not there.
    @Test func capturesOfItAreKept() throws {
      let folder = try temporaryFile("captures") + "/of/today"
      let sticky = try temporaryFile(
        "sticky.yaml",
        """
        segments:
          lan: { subnet: 10.0.1.0/24, switch: { model: sticky, probability: 100%, hold: 10s } }
        nodes:
          alpha: { on: { lan: 10.0.1.20 } }
          bravo: { on: { lan: 10.0.1.21 } }
          client: { on: { lan: 10.0.1.4 }, role: client }
        paths:
          native: { vip: 10.0.1.200 }
        failover: { every: 1s }
        """)
      // On a busy machine all of a run may be void, of which nothing is kept.
      for _ in 0..<3 where !FileManager.default.fileExists(atPath: folder) {
        let outcome = try Program.run(
          "compare", sticky, "--kernel", "uml", "--probe", "10ms", "--handovers", "2",
          "--no-latency",
          "--no-bandwidth", "--captures", folder)
        #expect(outcome.code == 0, "\(outcome.error)")
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(!files.isEmpty && files.allSatisfy { $0.hasSuffix(".pcapng") }, "\(files)")
    }

    /// Whether a process was started by another, or by one that it started.
    private func descends(_ process: String, from ancestor: Int32) throws -> Bool {
      var process = process
      while process != "0" {
        if process == String(ancestor) { return true }
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
          let line = status.split(separator: "\n").first(where: { $0.hasPrefix("PPid:") })
        else { return false }
        process = line.dropFirst(5).trimmingCharacters(in: .whitespaces)
      }
      return false
    }

    private func kernels(of program: Program) throws -> [String] {
      try kernels().filter { try descends($0, from: program.process.processIdentifier) }
    }

    /// The processes of all lab kernels.
    private func kernels() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
        guard Int(name) != nil,
          let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
        else { return false }
        return String(decoding: line, as: UTF8.self).contains("VIPJUGGLER_JOB=")
      }
    }
  }
}
