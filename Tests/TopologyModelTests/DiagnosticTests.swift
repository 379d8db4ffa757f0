import Foundation
import Testing
import TopologyModel

/// Bad files and exactly what is said of them: `Fixtures/NAME.yaml` and `Fixtures/NAME.expected`.
@Suite struct DiagnosticTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures")

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
  }()

  @Test func thereAreFixtures() {
    #expect(DiagnosticTests.names.count >= 10)
  }

  @Test(arguments: names)
  func aBadFileGetsExactlyItsDiagnostics(name: String) throws {
    func read(_ ending: String) throws -> String {
      try String(
        contentsOf: DiagnosticTests.folder.appendingPathComponent(name + ending), encoding: .utf8)
    }
    let text = try read(".yaml")
    let error = try #require(throws: TopologyError.self) {
      try Topology(parsing: text, file: name + ".yaml")
    }
    #expect(error.description + "\n" == (try read(".expected")))
  }
}
