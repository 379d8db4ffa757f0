import Foundation
import Measurement
import Packets
import Records
import Reports
import Testing

@Suite struct SavedRunTests {
  private func decode(_ text: String) throws(JSONReport.Mistake) -> RunRecord {
    try JSONReport.decode(Data(text.utf8))
  }

  private let saved: String

  init() throws { saved = String(decoding: try JSONReport.encode(Runs.pair), as: UTF8.self) }

  @Test func whatWasSavedIsReadAgain() throws {
    let again = try decode(saved)
    #expect(String(decoding: try JSONReport.encode(again), as: UTF8.self) == saved)
  }

  @Test func anOlderRunWithoutTheLaterFieldsIsRead() throws {
    var run = try #require(
      JSONSerialization.jsonObject(with: Data(saved.utf8)) as? [String: Any])
    run["conditions"] = nil
    var paths = try #require(run["paths"] as? [[String: Any]])
    for index in paths.indices {
      for key in ["latency", "bandwidth", "link", "vip", "bandwidth_missing"] {
        paths[index][key] = nil
      }
    }
    run["paths"] = paths
    let older = try JSONReport.decode(JSONSerialization.data(withJSONObject: run))
    #expect(older.paths.count == 2 && older.conditions == nil)
    #expect(ComparisonText(Exhibit(older)).render().contains("40 ms"))
    #expect(HTMLReport(Exhibit(older)).render().contains("</html>"))
  }

  @Test(arguments: [
    ("", "not JSON"), ("[1, 2]", "the whole"), ("{}", "schema: found none"),
    (#"{"schema": "somebody.else/3"}"#, "schema: found `somebody.else/3`"),
    (#"{"schema": 4}"#, "schema"),
    (#"{"schema": "vipjuggler.run/1"}"#, "missing"),
  ])
  func aForeignFileIsRefusedWithWhereAndWhy(text: String, expected: String) {
    let mistake = #expect(throws: JSONReport.Mistake.self) { try decode(text) }
    #expect(mistake?.description.contains(expected) == true, "\(String(describing: mistake))")
  }

  @Test func aDamagedFieldIsNamedByItsPlace() {
    let damaged = saved.replacing("\"mtu\" : 1500", with: "\"mtu\" : \"wide\"", maxReplacements: 1)
    let mistake = #expect(throws: JSONReport.Mistake.self) { try decode(damaged) }
    #expect(mistake?.description.hasPrefix("conditions.segments[0].mtu: ") == true)
  }

  /// Any number of it may be anything: it is refused, or shown in every form.
  @Test(arguments: [
    "0", "-1", "1e300", "9223372036854775807", "-9223372036854775808",
  ])
  func aNumberThatMakesNoSenseEndsNothing(number: String) {
    let text = saved.replacing("\n", with: " \n")
    var rest = text[...]
    var shown = 0
    while let found = rest.firstMatch(of: /(: |^ *|\[)(-?[0-9][0-9.e+]*)(?=[ ,\]])/) {
      rest = rest[found.range.upperBound...]
      let damaged = text.replacingCharacters(
        in: found.2.startIndex..<found.2.endIndex, with: number)
      guard let run = try? decode(damaged) else { continue }
      shown += 1
      let exhibit = Exhibit(run)
      _ = ComparisonText(exhibit).render()
      _ = HTMLReport(exhibit).render()
      _ = MarkdownReport(exhibit).render()
      _ = OpenMetricsReport(run).render()
    }
    #expect(number != "0" || shown > 10, "\(shown)")
  }

  /// Cut off anywhere, a file is refused and nothing else happens.
  @Test func aFileThatWasCutOffIsRefused() {
    for length in stride(from: 0, to: saved.utf8.count - 3, by: 97) {
      #expect(throws: JSONReport.Mistake.self) {
        try decode(String(decoding: saved.utf8.prefix(length), as: UTF8.self))
      }
    }
  }

  /// Numbers that no run can have are refused before anything is computed with them.
  @Test(arguments: [
    "9223372036854775807", "-9223372036854775808", "1e300", "4611686018427387905",
  ])
  func absurdNumbersAreRefused(number: String) throws {
    for key in ["scheduled_ns", "loss_of_connectivity_ns", "probe_interval_ns", "p50_ns"] {
      let damaged = saved.replacing(
        try Regex("\"\(key)\" : [0-9]+"), with: "\"\(key)\" : \(number)", maxReplacements: 1)
      #expect(throws: JSONReport.Mistake.self, "\(key)") { try decode(damaged) }
    }
  }
}
