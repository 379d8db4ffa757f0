package import Packets

/// The text of a hosts file (hosts(5)), in which a name can be led to another address. Bytes, for what
/// else stands there is kept as it is.
package struct HostsFile: Hashable, Sendable {
  package private(set) var bytes: [UInt8]

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Has `name` stand for `address`, and for no other. Other names of a line, comments and line ends stay
  /// what they are; a name that has no line gets one at the end.
  package mutating func lead(_ name: String, to address: IPAddress) {
    var lines = HostsFile.lines(of: bytes)
    let named = lines.indices.filter { lines[$0].has(name) }
    let kept = named.first { lines[$0].address == address }
    let moved = kept == nil ? named.first { lines[$0].names.count == 1 } : nil
    if let moved { lines[moved].move(to: address) }
    for index in named.reversed() where index != kept && index != moved {
      if !lines[index].drop(name) { lines.remove(at: index) }
    }
    if kept == nil && moved == nil {
      let end: [UInt8] = lines.first.map(\.isOfDOS) ?? false ? [.return, .newline] : [.newline]
      if let last = lines.last, !last.isEnded { lines[lines.count - 1].bytes += end }
      lines.append(Line(Array("\(address)\t\(name)".utf8)[...] + end))
    }
    bytes = lines.flatMap(\.bytes)
  }

  /// Whether a file can hold it, as a name of letters, digits, dots and hyphens (RFC 1123).
  package static func isName(_ name: String) -> Bool {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    return name.utf8.count <= 253
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
          && label.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_")
          }
      }
  }

  private static func lines(of bytes: [UInt8]) -> [Line] {
    var lines: [Line] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: .newline).map { $0 + 1 } ?? rest.endIndex
      lines.append(Line(rest[..<end]))
      rest = rest[end...]
    }
    return lines
  }
}

/// One line, with its end.
private struct Line {
  var bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  var isEnded: Bool { bytes.last == .newline }
  var isOfDOS: Bool { bytes.suffix(2) == [.return, .newline] }

  /// Where its words stand, before a comment.
  private var words: [Range<Int>] {
    let end = bytes.firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex
    var words: [Range<Int>] = []
    var index = bytes.startIndex
    while let begin = bytes[index..<end].firstIndex(where: { !$0.isBlank }) {
      let next = bytes[begin..<end].firstIndex { $0.isBlank } ?? end
      words.append(begin..<next)
      index = next
    }
    return words
  }

  private func text(_ word: Range<Int>) -> String { String(decoding: bytes[word], as: UTF8.self) }

  var address: IPAddress? { words.first.flatMap { IPAddress(text($0)) } }

  var names: [String] { words.dropFirst().map(text) }

  /// Names are the same in capitals.
  func has(_ name: String) -> Bool {
    address != nil && names.contains { $0.lowercased() == name.lowercased() }
  }

  mutating func move(to address: IPAddress) {
    if let word = words.first { bytes.replaceSubrange(word, with: "\(address)".utf8) }
  }

  /// Without the name; whether anything is left of the line.
  mutating func drop(_ name: String) -> Bool {
    for word in words.dropFirst().reversed() where text(word).lowercased() == name.lowercased() {
      let blank =
        bytes[..<word.lowerBound].lastIndex { !$0.isBlank }.map { $0 + 1 } ?? bytes.startIndex
      bytes.removeSubrange(blank..<word.upperBound)
    }
    guard names.isEmpty, let word = words.first else { return true }
    guard let comment = bytes.firstIndex(of: UInt8(ascii: "#")) else { return false }
    bytes.removeSubrange(word.lowerBound..<comment)
    return true
  }
}

extension UInt8 {
  fileprivate static let newline = UInt8(ascii: "\n")
  fileprivate static let `return` = UInt8(ascii: "\r")

  /// What stands between two words, and at the end of a line.
  fileprivate var isBlank: Bool {
    [UInt8(ascii: " "), UInt8(ascii: "\t"), 0x0b, 0x0c, .newline, .return].contains(self)
  }
}
