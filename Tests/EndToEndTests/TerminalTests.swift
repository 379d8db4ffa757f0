import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// What a terminal of a certain width gets, by script(1).
  @Suite struct TerminalTests {
    /// The program with `arguments` on a terminal, stdout and stderr together.
    private func onTerminal(
      columns: Int, _ arguments: [String], environment: String = "env -u NO_COLOR"
    ) throws -> String {
      let command = ([Program.executable.path] + arguments).joined(separator: " ")
      let seen = try outcome(
        of: "script", "--quiet", "--return", "--command",
        "stty cols \(columns); TERM=xterm; export TERM; \(environment) \(command)", "/dev/null")
      #expect(
        seen.code == 0 || seen.output.contains("too few transitions count"), "\(seen.output)")
      return seen.output.replacingOccurrences(of: "\r\n", with: "\n")
    }

    private let quick = [
      "compare", Program.topology("two-node"), "--kernel", "host", "--handovers", "2",
      "--every", "600ms", "--no-latency", "--no-bandwidth",
    ]

    @Test(.besideOthers) func theTableFoldsIntoBlocksAndNoLineIsTooLong() throws {
      let text = try onTerminal(columns: 60, quick + ["--quiet"], environment: "NO_COLOR=1")
      #expect(text.components(separatedBy: "\nFailover\n").count > 2, "\(text)")
      // What went wrong on a machine that is busy is no part of it.
      for line in text.split(separator: "\n") where !line.hasPrefix("vipjuggler: ") {
        #expect(line.count <= 60, "\(line)")
      }
    }

    @Test(.besideOthers) func coloursAreForTerminalsThatWantThem() throws {
      #expect(try onTerminal(columns: 100, quick + ["--quiet"]).contains("\u{1b}[1m"))
      #expect(
        !(try onTerminal(columns: 100, quick + ["--quiet"], environment: "NO_COLOR=1").contains(
          "\u{1b}")))
      let piped = try Program.run(quick)
      #expect(!piped.output.contains("\u{1b}") && !piped.error.contains("\u{1b}"))
    }

    @Test(.besideOthers) func aDumbTerminalGetsPlainLines() throws {
      let text = try onTerminal(columns: 90, quick, environment: "TERM=dumb")
      #expect(!text.contains("\u{1b}"))
      #expect(text.contains("round 1 of 1, failover: native 0/2, vxlan 0/2 transitions"), "\(text)")
    }

    @Test(arguments: ["host", "uml"])
    func aLiveViewShowsTheRunAsItGoes(kernel: String) throws {
      var arguments = quick
      arguments[3] = kernel
      let text = try onTerminal(columns: 90, arguments, environment: "NO_COLOR=1")
      for expected in [
        "round 1 of 1, failover: native", "s left", "VIP: alpha -> bravo",
        "last: native, ", ": good, loss of connectivity < 1 ms", "\u{1b}[2K",
      ] { #expect(text.contains(expected), "\(expected)\n\(text.prefix(3_000))") }
      // Its first probes may be later than the view.
      #expect(text.contains(#/  client +\.{4}/#), "\(text.prefix(3_000))")
      // Nothing of it is left above the table.
      let table = try #require(text.components(separatedBy: "A\r").last)
      #expect(table.hasPrefix("two-node: a probe every"), "\(table.prefix(300))")
    }
  }
}
