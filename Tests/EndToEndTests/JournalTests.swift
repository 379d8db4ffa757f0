import Foundation
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// What nodes observed, kept and judged again.
  @Suite struct JournalTests {
    /// A run of a sticky switch, and its files.
    private func run() throws -> (journal: String, json: Data, output: String) {
      let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
      let topology = try temporaryFile(
        "sticky.yaml",
        text.replacingOccurrences(
          of: "subnet: 10.0.1.0/24",
          with: "subnet: 10.0.1.0/24, switch: { model: sticky, probability: 100%, hold: 300ms }"))
      let journal = try temporaryFile("run.jsonl")
      let json = try temporaryFile("run.json")
      let outcome = try Program.run(
        "compare", topology, "--path", "native", "--path", "vxlan", "--kernel", "host",
        "--handovers", "2", "--latency-samples", "20", "--no-bandwidth", "--quiet",
        "--journal", journal, "--json", json)
      #expect(outcome.code == 0, "\(outcome.error)")
      return (journal, try Data(contentsOf: URL(fileURLWithPath: json)), outcome.output)
    }

    private func judge(
      _ lines: [String], _ arguments: String...
    ) throws -> (outcome: Program.Outcome, file: String) {
      let file = try temporaryFile("judged.jsonl", lines.joined(separator: "\n"))
      return (try Program.run(["judge", file] + arguments), file)
    }

    @Test(.besideOthers) func aJournalGivesTheSameRecordWithoutPrivileges() throws {
      let (journal, json, output) = try run()
      let again = try temporaryFile("again.json")
      let judged = try Program.run(
        ["judge", journal, "--json", again], wrapper: EndToEnd.unprivileged)
      #expect(judged.code == 0, "\(judged.error)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: again)) == json)
      #expect(judged.output == output)

      let lines = try String(contentsOfFile: journal, encoding: .utf8)
        .components(separatedBy: "\n")
      // Cut short between two lines, and in the midst of one.
      let short = Array(lines[..<(lines.count - 2)])
      let (cut, file) = try judge(short + [""])
      #expect(cut.code == 65 && cut.output.isEmpty)
      #expect(
        cut.error.hasPrefix("vipjuggler: \(file):\(short.count + 1): the journal ends before"),
        "\(cut.error)")
      let (torn, tornFile) = try judge(short + [String(lines[short.count].prefix(40))])
      #expect(torn.code == 65 && torn.error.contains("\(tornFile):\(short.count + 1): "))

      let (missing, missingFile) = try judge(Array(lines[..<20] + lines[23...]))
      #expect(missing.code == 65)
      #expect(
        missing.error.contains("\(missingFile):21: n: found 23, expected 20: lines are missing"),
        "\(missing.error)")
      let (garbage, _) = try judge(Array(lines[..<9]) + ["\u{1}\u{2}garbage"])
      #expect(garbage.code == 65 && garbage.error.contains(":10: "))
      let (foreign, _) = try judge(["{\"schema\": \"vipjuggler.journal/2\"}"])
      #expect(
        foreign.code == 65 && foreign.error.contains(":1: schema: found `vipjuggler.journal/2`"),
        "\(foreign.error)")

      // What is whole of a journal that was cut off.
      let rest = try temporaryFile("rest.json")
      let (partial, _) = try judge(
        Array(lines[..<(lines.count * 3 / 4)]), "--partial", "--json", rest)
      #expect(partial.code == 0, "\(partial.error)")
      #expect(partial.error.contains("judged is what comes before"))
      let (whole, part) = (
        try JSONDecoder().decode(RunRecord.self, from: json),
        try savedRun(rest)
      )
      #expect(part.interrupted == true && part.paths.contains { !$0.transitions.isEmpty })
      for (path, kept) in zip(whole.paths, part.paths) {
        #expect(path.transitions.starts(with: kept.transitions), "\(partial.output)")
      }
    }

    /// A file system of 16 KiB: one warning, and the run stands.
    @Test(.besideOthers) func aDiskThatFillsUpIsSaidOnce() throws {
      let folder = try temporaryFile("full")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let outcome = try Program.run(
        [
          "compare", Program.topology("two-node"), "--path", "native", "--kernel", "host",
          "--handovers", "2", "--no-latency", "--no-bandwidth", "--quiet", "--journal",
          folder + "/run.jsonl",
        ],
        wrapper: [
          "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
          "mount -t tmpfs -o size=16k none \"$0\" || exit 99; exec \"$@\"", folder,
        ])
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(outcome.error.components(separatedBy: "No space left on device").count == 2)
      #expect(outcome.error.contains("the journal ends here"))
      #expect(outcome.output.contains("transitions"))
    }
  }

  /// Somebody who does not read holds nothing up.
  @Suite struct StuckReaderTests {
    @Test func aPipeThatIsFullForTenSecondsCostsNoProbe() throws {
      let pipe = Pipe()
      let end = pipe.fileHandleForWriting.fileDescriptor
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      let filling = [UInt8](repeating: UInt8(ascii: "."), count: 4096)
      while write(end, filling, filling.count) > 0 {}
      _ = fcntl(end, F_SETFL, 0)

      let json = try temporaryFile("run.json")
      let process = Process()
      process.executableURL = Program.executable
      process.arguments = [
        "compare", Program.topology("two-node"), "--path", "native", "--kernel", "host",
        "--handovers", "10", "--no-latency", "--no-bandwidth", "--json", json,
      ]
      process.standardOutput = pipe
      process.standardError = pipe
      process.standardInput = FileHandle.nullDevice
      try process.run()
      try pipe.fileHandleForWriting.close()
      let began = Date()
      #expect(!waitUntil(10) { !process.isRunning })
      let text = try pipe.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(Date().timeIntervalSince(began) < 60)
      #expect(String(decoding: text, as: UTF8.self).contains("loss of connectivity, median"))

      let run = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: json)))
      let path = try #require(((run as? [String: Any])?["paths"] as? [[String: Any]])?.first)
      let transitions = try #require(path["transitions"] as? [[String: Any]])
      #expect(transitions.count >= 10)
      for transition in transitions {
        let probers = try #require(transition["probers"] as? [[String: Any]])
        // What the machine itself did not manage is said and made up for.
        guard transition["void_reason"] is NSNull else { continue }
        #expect(!probers.isEmpty)
        #expect(probers.allSatisfy { $0["probes_lost"] as? Int == 0 }, "\(probers)")
        let late =
          try #require(transition["address_added_ns"] as? Int)
          - #require(transition["scheduled_ns"] as? Int)
        #expect(late < 50_000_000)
      }
      let summary = try #require(path["summary"] as? [String: Any])
      #expect(try #require(summary["void"] as? Int) < transitions.count / 2)
    }
  }
}
