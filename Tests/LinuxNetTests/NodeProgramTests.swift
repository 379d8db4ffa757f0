import LinuxNet
import Packets
import TestSupport
import Testing

/// What comes of a program that is run for what it does.
@Suite(.takesTurns) struct NodeProgramTests {
  private func failure(of script: String, within span: TimeSpan = .seconds(30)) throws -> String? {
    try NodeProgram("/bin/sh", ["-c", script]).failure(within: span)
  }

  @Test(.besideOthers) func whyItFailedIsSaid() throws {
    #expect(try failure(of: "echo done") == nil)
    #expect(try failure(of: "echo no such rule; echo more; exit 3") == "no such rule")
    #expect(try failure(of: "exit 3") == "it ended with 3")
    #expect(try failure(of: "kill -9 $$") == "it ended with 137")
    #expect(
      try failure(of: "exec sleep 60", within: .milliseconds(200))
        == "it has not ended within 200ms")
  }

  /// Of a gigabyte neither the memory is taken nor a line of a million words shown.
  @Test(.besideOthers) func oneThatPrintsWithoutEndIsStopped() throws {
    let words = try #require(try failure(of: "exec yes | tr -d '\\n'"))
    #expect(words == "it prints without end: " + String(repeating: "y", count: 300))
  }
}
