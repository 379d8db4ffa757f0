import Packets
import Testing
import TopologyModel

/// Files that would cost more than they are worth.
@Suite struct BoundTests {
  private func refusal(of text: String) -> TopologyError? {
    do throws(TopologyError) {
      _ = try Topology(parsing: text, file: "file.yaml")
      return nil
    } catch {
      return error
    }
  }

  private func first(_ text: String) -> String? { refusal(of: text)?.mistakes.first?.text }

  /// Each stands for two of the one before it.
  private static let doubling = (1..<30).reduce("a0: &a0 [x, x]\n") {
    $0 + "a\($1): &a\($1) [*a\($1 - 1), *a\($1 - 1)]\n"
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "? *a29\n: v", "*a29 : v", "? [*a29, *a29]\n: v", "[*a29, x]: v", "b: { [*a29]: v }",
      "- ? *a29\n  : v", "{x: *a29}: v",
    ])
  func aKeyOfAliasesIsRefusedUnread(key: String) {
    #expect(first(BoundTests.doubling + key)?.contains("has an alias (`*`) in it") == true)
  }

  @Test(.timeLimit(.minutes(1))) func elsewhereAliasesAreTakenForWhatTheyAre() throws {
    #expect(first(BoundTests.doubling + "b: *a29")?.contains("unknown key `a0`") == true)
    let topology = try Topology(
      parsing: """
        segments: { lan: { subnet: 10.0.1.0/24 } }
        nodes: { alpha: { on: { lan: 10.0.1.20 } }, bravo: { on: { lan: 10.0.1.21 } } }
        paths:
          one: { vip: 10.0.1.200, failover: &own { every: 3s } }
          two: { vip: 10.0.1.201, failover: *own }
        """, file: "file.yaml")
    #expect(topology.paths.map(\.failover.every) == [.seconds(3), .seconds(3)])
  }

  @Test func fiftyMistakesAreSaidAndTheRestIsCounted() throws {
    let error = try #require(refusal(of: (1...1_000).map { "key\($0): 1\n" }.joined()))
    #expect(error.mistakes.count == 50)
    #expect(error.description.hasSuffix("\nfile.yaml: and mistakes at 950 more places"))
  }

  @Test func whatIsQuotedIsCut() throws {
    let error = try #require(refusal(of: "seed: " + String(repeating: "9", count: 500_000)))
    #expect(error.mistakes.allSatisfy { $0.text.count <= 200 })
    #expect(error.mistakes.contains { $0.text.contains("999…`, needs ") }, "\(error)")
  }

  @Test(arguments: ["segments: 128", "nodes: 4096", "paths: 128"])
  func noMoreAreTakenThanALabCanHold(limit: String) throws {
    let words = limit.split(separator: ": ")
    let members = (0...(Int(words[1]) ?? 0)).map { "  m\($0): {}\n" }.joined()
    let texts = try #require(refusal(of: "\(words[0]):\n\(members)")).mistakes.map(\.text)
    let count = (Int(words[1]) ?? 0) + 1
    #expect(
      texts.contains("`\(words[0])`: there are \(count); a topology has \(words[1]) at most"),
      "\(texts)")
  }

  @Test func aFileOfMoreThanAMebibyteIsNotRead() {
    let text = first(String(repeating: "# a comment\n", count: 100_000))
    #expect(text == "the file has 1200000 bytes; a topology has 1048576 at most")
  }

  @Test(
    arguments: [
      ("name: a\u{1b}[2Jb", "1:8: the control character U+001B"),
      ("name: a\nseed: 1\u{0}", "2:8: the control character U+0000"),
      ("name: a\u{9b}b", "1:8: the control character U+009B"),
      ("name: a\u{7f}b", "1:8: the control character U+007F"),
    ])
  func controlCharactersAreNamedAndNotEchoed(text: String, words: String) throws {
    let description = try #require(refusal(of: text)).description
    #expect(description.hasPrefix("file.yaml:\(words)"), "\(description)")
  }

  /// As YAML spells them, too.
  @Test func whatSteersATerminalIsNotEchoed() throws {
    let error = try #require(refusal(of: #""\e[2Jx\u202Ey\nfile.yaml:1:1: good": 1"#))
    #expect(
      error.description.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 }
        && !error.description.contains("\u{202e}"))
    #expect(error.mistakes.first?.text.contains("\n") == false)
  }

  /// 127 routers in a row, and each leads on.
  @Test(.timeLimit(.minutes(1))) func aLongWayIsFound() throws {
    var text = "segments:\n"
    for number in 0..<128 { text += "  s\(number): { subnet: 10.\(number).0.0/24 }\n" }
    text += """
      nodes:
        alpha: { on: { s0: 10.0.0.11 } }
        bravo: { on: { s0: 10.0.0.12 } }
        client: { role: client, on: { s127: 10.127.0.9 } }

      """
    for number in 0..<127 {
      text += "  r\(number): { role: router, on: { s\(number): 10.\(number).0.1, "
      text += "s\(number + 1): 10.\(number + 1).0.2 } }\n"
    }
    text += "paths: { native: { segment: s0, vip: 10.0.0.200 } }\n"
    let topology = try Topology(parsing: text, file: "file.yaml")
    #expect(topology.nodes[2].routes.count == 127)
    #expect(topology.nodes[2].routes.allSatisfy { "\($0.gateway)" == "10.127.0.2" })
    #expect(topology.paths[0].members.map(\.node) == [0, 1, 2, 3])
    #expect(topology.paths[0].members[2].gateway == 3)
    #expect(topology.paths[0].crossed.count == 128)
  }
}
