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
    var words: [String] = []
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      rest = rest[rest.index(after: dollar)...]
      words.append(String(rest.prefix { $0.isASCII && ($0.isLetter || $0 == "_") }))
    }
    return words
  }

  /// `text` with what each of the words stands for.
  package static func filling(_ text: String, with values: [PlaceVariable: String]) -> String {
    // The longer first, should one begin as another does.
    values.sorted { $0.key.rawValue.count > $1.key.rawValue.count }.reduce(text) {
      $0.replacing("$\($1.key.rawValue)", with: $1.value)
    }
  }
}
