import Packets

/// HTML or SVG. Text that is put into it is escaped, in an element or an attribute; only what is markup
/// already goes in as it is.
struct Markup: ExpressibleByStringInterpolation, Hashable {
  /// As a file has it.
  private(set) var source: String

  init(stringLiteral source: String) { self.source = source }

  init(stringInterpolation interpolation: StringInterpolation) {
    source = interpolation.source
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    init(literalCapacity: Int, interpolationCount: Int) { source.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { source += literal }
    mutating func appendInterpolation(_ markup: Markup) { source += markup.source }
    mutating func appendInterpolation(_ number: Int) { source += "\(number)" }

    mutating func appendInterpolation(_ text: String) {
      for character in text.printable {
        switch character {
        case "&": source += "&amp;"
        case "<": source += "&lt;"
        case ">": source += "&gt;"
        case "\"": source += "&quot;"
        case "'": source += "&#39;"
        default: source.append(character)
        }
      }
    }
  }

  var isEmpty: Bool { source.isEmpty }

  static func + (left: Markup, right: Markup) -> Markup { "\(left)\(right)" }
  static func += (left: inout Markup, right: Markup) { left.source += right.source }
}

extension Sequence<Markup> {
  func joined(separator: String = "") -> Markup {
    Markup(stringLiteral: map(\.source).joined(separator: separator))
  }
}
