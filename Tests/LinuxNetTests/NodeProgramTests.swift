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

  /// Neither is a gigabyte kept nor a line of a million characters shown.
  @Test(.besideOthers) func ofWhatIsPrintedWithoutEndTheBeginningIsSaid() throws {
    let words = try failure(of: "yes | tr -d '\\n' | head -c 100000000; exit 1")
    #expect(words == String(repeating: "y", count: 300))
    #expect(try failure(of: "exec yes", within: .seconds(1)) == "it has not ended within 1s")
  }

  @Test(.besideOthers) func oneThatIsSilentAndGoesOnIsNotWaitedForWithoutEnd() throws {
    let words = try failure(of: "exec sleep 60 > /dev/null 2>&1", within: .milliseconds(300))
    #expect(words == "it has not ended within 300ms")
  }
}
