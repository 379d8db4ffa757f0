/// What a host says, as it may be shown: no control characters.
enum HostText {
  static func harmless(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { isControl($0.value) ? "\u{fffd}" : $0 }))
  }

  private static func isControl(_ value: UInt32) -> Bool {
    value < 0x20 || (0x7f..<0xa0).contains(value) || value == 0x2028 || value == 0x2029
      || (0x202a...0x202e).contains(value) || (0x2066...0x2069).contains(value)
  }

  /// A line of JSON without control characters in its strings, which JSON can hold in escapes only, but
  /// for those that UTF-8 has in two bytes.
  static func harmless(_ line: [UInt8]) -> [UInt8] {
    guard line.contains(UInt8(ascii: "\\")) || line.contains(0xc2) || line.contains(0xe2) else {
      return line
    }
    var text = ""
    var isEscaped = false
    var scalars = String(decoding: line, as: UTF8.self).unicodeScalars[...]
    while let scalar = scalars.popFirst() {
      if isEscaped {
        isEscaped = false
        if scalar == "u" {
          let digits = String(String.UnicodeScalarView(scalars.prefix(4)))
          let isBad = UInt32(digits, radix: 16).map(isControl) ?? true
          text += isBad ? "\\ufffd" : "\\u\(digits)"
          scalars = scalars.dropFirst(4)
        } else {
          text += "bfnrt".unicodeScalars.contains(scalar) ? " " : "\\\(scalar)"
        }
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        text.unicodeScalars.append(isControl(scalar.value) ? "\u{fffd}" : scalar)
      }
    }
    return Array(text.utf8)
  }
}
