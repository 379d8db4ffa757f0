import Foundation
import Glibc
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// What is said where a machine is lost in the midst of a run.
  @Suite struct HostLossTests {
    /// A round of latency that could not be measured is missing, and why is told.
    @Test(.besideOthers) func latencyOfAMachineThatIsLostIsMissing() throws {
      let machines = try Machines()
      let gate = try temporaryFile("gate")
      let topology = try machines.topology(reach: machines.byExec(unless: gate))
      let folder = try Machines.cache()
      let json = try temporaryFile("run.json")
      let program = try Program(
        [
          "compare", topology, "--handovers", "3", "--latency-samples", "100", "--no-bandwidth",
          "--json", json,
        ],
        wrapper: ["XDG_CACHE_HOME=\(folder)"])
      #expect(
        try waitUntil(30) {
          try machines.changes(at: "alpha").contains { $0.contains("10.0.0.200") }
        }, "\(program.errorOutput)")
      try "closed".write(toFile: gate, atomically: true, encoding: .utf8)
      for agent in try Machines.processes("agent --line", of: folder)
      where machines.isAt("client", agent) {
        kill(agent, SIGKILL)
      }
      let outcome = try program.finish(within: 60)
      let run = try savedRun(json)
      let path = try #require(run.paths.first)
      #expect(path.latency?.rounds.map(\.round) == [1])
      let reason = try #require(path.latencyMissing)
      #expect(reason.contains("client: "), "\(reason)")
      #expect(
        outcome.output.contains("native: latency was not measured in every round: \(reason)"),
        "\(outcome.output)")
      #expect(try machines.left() == [])
    }
  }
}
