import Foundation
import Records
import Testing

/// Journals of real runs, each with the record that it is to give. `UPDATE_EXPECTED=1` writes the
/// records anew.
@Suite struct JournalReplayTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Journals")

  /// Their names.
  private static let journals =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
    .filter { $0.hasSuffix(".jsonl") }.sorted() ?? []

  @Test func thereIsOneOfEveryStory() {
    #expect(
      JournalReplayTests.journals
        == [
          "good-move.jsonl", "ignored-announcement.jsonl", "ipv6.jsonl", "filtering.jsonl",
          "stale-host.jsonl", "stall.jsonl", "sticky.jsonl", "tcp-sticky.jsonl",
        ].sorted())
  }

  @Test(arguments: journals) func aJournalGivesItsRecord(name: String) throws {
    let journal = JournalReplayTests.folder.appendingPathComponent(name)
    let verdict = try JournalJudge.judge(Data(contentsOf: journal))
    #expect(verdict.mistake == nil)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let record = try encoder.encode(verdict.run) + Data("\n".utf8)
    let expected = journal.deletingPathExtension().appendingPathExtension("json")
    if ProcessInfo.processInfo.environment["UPDATE_EXPECTED"] != nil {
      try record.write(to: expected)
    }
    #expect(try Data(contentsOf: expected) == record, "\(name)")
  }
}
