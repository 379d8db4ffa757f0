/// What a program that moves the VIP at a server is told of its place: a script by its environment, an OCF
/// resource agent where its parameters say `$ADDRESS`.
package enum PlaceVariable: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable {
  case vip = "VIP"
  case prefixLength = "PREFIX_LENGTH"
  case interface = "INTERFACE"
  /// The server's own.
  case address = "ADDRESS"
  /// The other servers' own, with a blank between them.
  case peers = "PEERS"
  case node = "NODE"
  case path = "VIPJUGGLER_PATH"

  /// The `$WORD`s of a text, known or not.
  package static func words(in text: String) -> [String] {
    parts(of: text).compactMap { if case .word(let word) = $0 { word } else { nil } }
  }

  /// `text` with what each of the words stands for.
  package static func filling(_ text: String, with values: [PlaceVariable: String]) -> String {
    parts(of: text).map { part in
      switch part {
      case .literal(let text): String(text)
      case .word(let word): PlaceVariable(rawValue: word).flatMap { values[$0] } ?? "$\(word)"
      }
    }.joined()
  }

  private enum Part {
    case literal(Substring)
    case word(String)
  }

  /// `$$` is a dollar sign.
  private static func parts(of text: String) -> [Part] {
    var parts: [Part] = []
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      parts.append(.literal(rest[..<dollar]))
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        parts.append(.literal(rest.prefix(1)))
        rest = rest.dropFirst()
      } else {
        let word = rest.prefix { $0.isASCII && ($0.isLetter || $0 == "_") }
        parts.append(.word(String(word)))
        rest = rest[word.endIndex...]
      }
    }
    return parts + [.literal(rest)]
  }
}
