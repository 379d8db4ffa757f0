/// The text of a topology file, before anything is made of it.
struct TopologySource {
  private let text: String

  init(_ text: String) { self.text = text }

  /// What keeps it from being read in as much time as it is long, and where.
  var objection: (text: String, place: Place)? {
    let length = text.utf8.count
    if length > TopologyLimits.bytes {
      return (
        "the file has \(length) bytes; a topology has \(TopologyLimits.bytes) at most", .start
      )
    }
    if let (scalar, place) = control {
      let code = String(scalar.value, radix: 16, uppercase: true)
      let digits = String(repeating: "0", count: 4 - code.count) + code
      return ("the control character U+\(digits) is no text; take it out", place)
    }
    if hasAliasInKey {
      return ("a key is a plain word, and one here has an alias (`*`) in it; write it out", .start)
    }
    return nil
  }

  /// The first character that YAML does not take.
  private var control: (scalar: Unicode.Scalar, place: Place)? {
    var (line, column) = (1, 1)
    for scalar in text.unicodeScalars {
      if scalar.isControl { return (scalar, Place(line: line, column: column)) }
      (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
    }
    return nil
  }

  /// Whether what stands for something else may be part of a key: those are held against each other, and
  /// aliases of aliases grow beyond all measure. Text that only looks like it counts, too.
  private var hasAliasInKey: Bool {
    var hasAlias = false
    var hasKey = false
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "*"):
        let end = bytes[(index + 1)...].firstIndex(where: \.endsName) ?? bytes.endIndex
        guard end > index + 1 else { continue }
        hasAlias = true
        hasKey = hasKey || isColon(bytes[end...])
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        hasKey = hasKey || isColon(bytes[(index + 1)...])
      case UInt8(ascii: "?"):
        let isFirst = index == 0 || bytes[index - 1].endsName
        let isLast = index + 1 == bytes.count || bytes[index + 1].isBlank
        hasKey = hasKey || (isFirst && isLast)
      default: continue
      }
    }
    return hasAlias && hasKey
  }

  /// Whether a colon is the first that follows.
  private func isColon(_ rest: ArraySlice<UInt8>) -> Bool {
    rest.first { !$0.isBlank } == UInt8(ascii: ":")
  }
}

extension Unicode.Scalar {
  /// Of the two blocks of control characters; of them YAML takes those that move on.
  fileprivate var isControl: Bool {
    switch value {
    case 0x09, 0x0a, 0x0d, 0x85: false
    case ..<0x20, 0x7f...0x9f: true
    default: false
    }
  }
}

extension UInt8 {
  fileprivate var isBlank: Bool { self == 0x20 || (0x09...0x0d).contains(self) }
  /// Of an alias.
  fileprivate var endsName: Bool { isBlank || ",[]{}".utf8.contains(self) }
}
