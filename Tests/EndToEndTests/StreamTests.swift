import Foundation
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// Results that nobody takes, or not all of them.
  @Suite struct StreamTests {
    /// The files are whole, and the code says that the table is not.
    @Test(
      .besideOthers,
      arguments: [
        ("compare", "host", ">&-", 1), ("compare", "host", "> /dev/full", 1),
        ("compare", "uml", "> /dev/full", 1), ("compare", "host", "| true", 141),
        ("juggle", "host", "| head -n 1", 141), ("juggle", "uml", "| head -n 1", 141),
      ])
    func aTableThatNobodyReadsCostsNoFile(
      command: String, kernel: String, reader: String, code: Int32
    ) throws {
      let json = try temporaryFile("run.json")
      let words = [
        Program.executable.path, command, Program.topology("two-node"), "--path", "native",
        "--kernel", kernel, "--every", "400ms", "--handovers", "6", "--json", json,
      ]
      let quick = command == "compare" ? " --no-latency --no-bandwidth " : " "
      let line = words.map { "'\($0)'" }.joined(separator: " ") + quick + reader
      let outcome = try outcome(of: "bash", "-c", "set -o pipefail; " + line)
      #expect(outcome.code == code, "\(outcome.output)")
      let path = try #require(savedRun(json).paths.first)
      // One that was read live ends when it is read no longer.
      #expect(command == "juggle" ? path.transitions.count < 6 : path.transitions.count >= 6)
    }
  }
}
