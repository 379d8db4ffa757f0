import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// A command that runs in the lab kernel, from outside.
  @Suite struct LabKernelCommandTests {
    private let topology = Program.topology("three-node-geneve")

    @Test func thePathsOfOneRunShareTheLabKernel() throws {
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
      for line in outcome.error.split(separator: "\n") { #expect(line.contains("transitions")) }
      #expect(!outcome.output.contains("not measured"), "\(outcome.output)")
      #expect(
        outcome.output.contains("A round trip takes") || outcome.output.contains("in latency"))
    }

    @Test func interruptedItShowsTheResultsSoFarAndExitsWith130() throws {
      let program = try Program([
        "compare", topology, "--kernel", "uml", "--no-latency", "--no-bandwidth",
      ])
      #expect(waitUntil(40) { program.errorOutput.contains("native 5/20") })
      program.signal(SIGINT)
      let outcome = try program.finish(within: 20)
      #expect(outcome.code == 130)
      #expect(outcome.output.contains("loss of connectivity, median"))
    }

    @Test func killedItLeavesNoProcess() throws {
      let marker = "VIPJUGGLER_JOB="
      let program = try Program([
        "compare", topology, "--kernel", "uml", "--no-latency", "--no-bandwidth",
      ])
      #expect(waitUntil(30) { program.errorOutput.contains("0/20") })
      let session = try kernels(marker)
      #expect(!session.isEmpty)
      program.signal(SIGKILL)
      _ = try program.finish()
      let areGone = try waitUntil(10) { try Set(kernels(marker)).isDisjoint(with: session) }
      #expect(areGone, "lab kernel left behind")
    }

    /// The processes whose command line contains `marker`.
    private func kernels(_ marker: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
        guard Int(name) != nil,
          let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
        else { return false }
        return String(decoding: line, as: UTF8.self).contains(marker)
      }
    }
  }
}
