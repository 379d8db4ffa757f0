import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// Latency and bandwidth from the command line, and what goes wrong with them.
  @Suite struct MeasureTests {
    private let native = [
      "compare", Program.topology("two-node"), "--path", "native", "--handovers", "1",
      "--latency-samples", "20", "--kernel", "host", "--quiet",
    ]

    @Test(.besideOthers) func withoutIperf3TheRestStands() throws {
      let outcome = try Program.run(native, wrapper: ["env", "PATH=/nowhere"])
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(outcome.output.contains("round trip, median"))
      #expect(outcome.output.contains("not measured"))
      #expect(
        outcome.output.contains(
          "native: bandwidth was not measured: iperf3 is not installed: `apt-get install iperf3`"))
    }

    @Test(.besideOthers) func anIperf3ThatIsTooOldIsNamed() throws {
      let program = try temporaryFile("iperf3", "#!/bin/sh\necho 'iperf 3.1.3'\n")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      let folder = URL(fileURLWithPath: program).deletingLastPathComponent().path
      let outcome = try Program.run(native, wrapper: ["env", "PATH=\(folder):/usr/bin:/bin"])
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(outcome.output.contains("\(program) is iperf 3.1.3; 3.7 is the oldest that will do"))
    }

    /// The round is marked and measured once more.
    @Test(.besideOthers) func aServerThatDiesMidRoundCostsOneRepetition() throws {
      let json = try temporaryFile("run.json")
      let program = try Program(native + ["--json", json])
      var killed: Set<Int32> = []
      // The first one is the warm-up's.
      while killed.count < 2, program.process.isRunning {
        let isThere = waitUntil(30) {
          servers(of: program).contains { !killed.contains($0) } || !program.process.isRunning
        }
        try #require(isThere && program.process.isRunning)
        for server in servers(of: program) where !killed.contains(server) {
          killed.insert(server)
          if killed.count == 2 { kill(server, SIGKILL) }
        }
      }
      let outcome = try program.finish()
      // Of its only transition nothing is asked here.
      #expect(outcome.code == 0 || outcome.isSpoilt, "\(outcome.error)")
      #expect(outcome.output.contains("native: bandwidth, round 1: forward: "), "\(outcome.output)")
      #expect(outcome.output.contains("rounds with a failure"))
      try expectSchema(json)
      let run = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: json)))
      let paths = try #require((run as? [String: Any])?["paths"] as? [[String: Any]])
      let bandwidth = try #require(paths[0]["bandwidth"] as? [String: Any])
      let rounds = try #require(bandwidth["rounds"] as? [[String: Any]])
      #expect(rounds.count == 5)
      #expect((rounds[0]["failures"] as? [String])?.count == 1)
      #expect(rounds[0]["forward"] is [String: Any])
      #expect(servers(of: program).isEmpty)
    }

    /// A port of the node's own that is taken does not matter: another is chosen.
    @Test(.besideOthers) func interruptedWhileItSendsItEndsAtOnceAndLeavesNoProcess() throws {
      let program = try Program(native + ["--bandwidth-time", "60s"])
      #expect(waitUntil(30) { !servers(of: program).isEmpty })
      program.signal(SIGINT)
      #expect(try program.finish(within: 10).code == 130)
      #expect(waitUntil(5) { servers(of: program).isEmpty })
    }

    @Test(.besideOthers) func killedWhileItSendsItLeavesNoProcess() throws {
      let program = try Program(native + ["--bandwidth-time", "60s"])
      #expect(waitUntil(30) { !servers(of: program).isEmpty })
      let server = try #require(servers(of: program).first)
      program.signal(SIGKILL)
      _ = try program.finish()
      #expect(waitUntil(10) { !isServer(server) })
    }

    /// The servers of iperf3 that `program` started, by way of their watchers.
    private func servers(of program: Program) -> [Int32] {
      let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return processes.compactMap { Int32($0) }.filter { process in
        isServer(process)
          && parent(of: parent(of: process)) == program.process.processIdentifier
      }
    }

    private func isServer(_ process: Int32) -> Bool {
      let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline")
      let words = String(decoding: line ?? Data(), as: UTF8.self).split(separator: "\0")
      return words.first?.hasSuffix("iperf3") == true && words.contains("--server")
    }

    private func parent(of process: Int32) -> Int32 {
      let status = FileManager.default.contents(atPath: "/proc/\(process)/status")
      let line = String(decoding: status ?? Data(), as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("PPid:") }
      return line.flatMap { Int32($0.dropFirst(5).filter(\.isNumber)) } ?? 0
    }
  }
}
