import Packets

/// What the place that text goes to can show.
package struct TextStyle: Sendable {
  /// Columns of characters; `nil` where nothing limits them.
  package var width: Int?
  package var isColoured: Bool
  /// Whether it takes what moves a terminal's cursor.
  package var canMove: Bool

  package init(width: Int?, isColoured: Bool, canMove: Bool = false) {
    self.width = width
    self.isColoured = isColoured
    self.canMove = canMove
  }

  /// A file or a pipe.
  package static let plain = TextStyle(width: nil, isColoured: false)

  enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33
  }

  func emphasised(_ text: String) -> String { isColoured ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

  func coloured(_ text: String, _ colour: Colour) -> String {
    isColoured ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
  }

  /// Every line of it broken between words where it is too long.
  package func wrapped(_ text: String) -> String {
    let text = text.printable
    guard let width else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { wrapped(line: $0, width) }.joined(separator: "\n")
  }

  private func wrapped(line: Substring, _ width: Int) -> String {
    guard line.count > width else { return String(line) }
    var lines = [""]
    for word in line.split(separator: " ", omittingEmptySubsequences: false) {
      let last = lines[lines.count - 1]
      if !last.isEmpty && last.count + 1 + word.count > width {
        lines.append(String(word))
      } else {
        lines[lines.count - 1] = last.isEmpty ? String(word) : last + " " + word
      }
    }
    return lines.joined(separator: "\n")
  }
}
