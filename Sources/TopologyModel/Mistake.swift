import Yams

/// Something wrong in a topology file: where it stands, what was found and what would be right.
package struct Mistake: Hashable, Sendable {
  /// Lines and columns count from 1.
  package let line: Int
  package let column: Int
  package let text: String
}

/// A topology file that cannot be used, with every mistake in it in the order of the file.
package struct TopologyError: Error, Hashable {
  package let file: String
  package let mistakes: [Mistake]
}

extension TopologyError: CustomStringConvertible {
  /// One line a mistake, `file:line:column: text`, as compilers print theirs.
  package var description: String {
    mistakes.map { "\(file):\($0.line):\($0.column): \($0.text)" }.joined(separator: "\n")
  }
}

/// A place in the file.
struct Place: Hashable, Sendable {
  let line: Int
  let column: Int

  static let start = Place(line: 1, column: 1)
}

extension Place {
  init(_ mark: Mark?) {
    self = mark.map { Place(line: $0.line, column: $0.column) } ?? .start
  }
}

/// A value of the file and the place it was written at.
struct Located<Value: Sendable>: Sendable {
  let value: Value
  let place: Place
}

/// The mistakes found so far.
struct Mistakes {
  private var found: [Mistake] = []

  mutating func add(_ text: String, at place: Place) {
    let mistake = Mistake(line: place.line, column: place.column, text: text)
    if !found.contains(mistake) { found.append(mistake) }
  }

  /// With those of `others` that are at places where nothing is wrong yet.
  func adding(_ others: Mistakes) -> Mistakes {
    let known = Set(found.map { Place(line: $0.line, column: $0.column) })
    var all = self
    all.found += others.found.filter {
      !known.contains(Place(line: $0.line, column: $0.column))
    }
    return all
  }

  var isEmpty: Bool { found.isEmpty }

  var inFileOrder: [Mistake] {
    found.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
  }
}
