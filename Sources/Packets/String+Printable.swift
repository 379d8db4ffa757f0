extension String {
  /// Without what would steer a terminal, or have its reader take a line for another, as names from
  /// files, other machines and other users might: control characters, line separators, and what turns
  /// the direction of text. Lines stay lines.
  package var printable: String {
    guard unicodeScalars.contains(where: { $0.steers }) else { return self }
    return String(UnicodeScalarView(unicodeScalars.map { $0.steers ? "\u{fffd}" : $0 }))
  }

  /// The same in one line.
  package var printableLine: String {
    printable.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\u{fffd}")
  }
}

extension Unicode.Scalar {
  fileprivate var steers: Bool {
    guard !isASCII else { return value < 0x20 && self != "\n" || value == 0x7f }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isBidiControl
    }
  }
}
