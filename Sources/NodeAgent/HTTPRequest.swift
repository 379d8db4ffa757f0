/// A GET of one page, over a connection that is closed after it (RFC 9112; HTTP/1.0, so that the
/// answer comes as it is).
package struct HTTPRequest: Hashable, Sendable {
  /// The header that says who answered; the first line of the page where it is `nil`.
  package var nameHeader: String?
  let bytes: [UInt8]

  /// Whether `text` is a field name (RFC 9110, section 5.1).
  package static func isHeaderName(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains($0)
        }
      }
  }

  /// `host` is what was asked for, as the user wrote it.
  package init(host: String, path: String, nameHeader: String? = nil) {
    self.nameHeader = nameHeader
    bytes = Array(
      "GET \(path) HTTP/1.0\r\nHost: \(host)\r\nConnection: close\r\nUser-Agent: vipjuggler\r\n\r\n"
        .utf8)
  }
}

/// The answer to it, as far as it has come.
struct HTTPAnswer {
  /// More than this is not read.
  static let longest = 8 * 1024

  let status: Int
  private let headers: [(name: String, value: String)]
  private let body: ArraySlice<UInt8>
  private let isAtEnd: Bool

  /// `nil` while its headers have not come, or where it is none.
  init?(_ bytes: [UInt8], isAtEnd: Bool) {
    guard let end = HTTPAnswer.endOfHeaders(bytes) else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
      return nil
    }
    self.status = status
    headers = lines.dropFirst().compactMap { line in
      line.firstIndex(of: ":").map { colon in
        (
          line[..<colon].lowercased(),
          line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }.description
        )
      }
    }
    body = bytes[(end + 4)...]
    self.isAtEnd = isAtEnd
  }

  /// Where the empty line begins that ends them.
  private static func endOfHeaders(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return (0...(bytes.count - 4)).first {
      bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
    }
  }

  private func header(_ name: String) -> String? {
    headers.first { $0.name == name.lowercased() }?.value
  }

  var isComplete: Bool {
    isAtEnd || header("content-length").flatMap { Int($0) }.map { body.count >= $0 } ?? false
  }

  /// Whether the service was there: 2xx and 3xx (RFC 9110, section 15).
  var isGood: Bool { (200..<400).contains(status) }

  /// What the answer says of who gave it, where that can be shown: printable ASCII.
  func name(inHeader header: String?) -> String? {
    let line =
      header.map { self.header($0) ?? "" }
      ?? String(decoding: body.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
    let isPlain = line.utf8.allSatisfy { (32...126).contains($0) }
    return line.isEmpty || !isPlain ? nil : String(line.prefix(HTTPAnswer.longestName))
  }

  private static let longestName = 64
}
