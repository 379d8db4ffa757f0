import Packets
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
  /// Places of the file where more is wrong.
  package let others: Int
}

extension TopologyError: CustomStringConvertible {
  /// One line a mistake, `file:line:column: text`, as compilers print theirs.
  package var description: String {
    let name = file.printableLine
    let lines = mistakes.map { "\(name):\($0.line):\($0.column): \($0.text)" }
    return (lines + (others == 0 ? [] : ["\(name): and mistakes at \(others) more places"]))
      .joined(separator: "\n")
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

/// The mistakes found so far, as many as anybody reads; of the rest it is counted where they are.
struct Mistakes {
  private var found: [Mistake] = []
  private var known: Set<Mistake> = []
  private var places: Set<Place> = []
  private var others: Set<Place> = []

  mutating func add(_ text: String, at place: Place) {
    guard !isFull else { return add(at: place) }
    let mistake = Mistake(line: place.line, column: place.column, text: text.asMistake)
    guard known.insert(mistake).inserted else { return }
    found.append(mistake)
    places.insert(place)
  }

  /// One more than are said.
  mutating func add(at place: Place) {
    if !places.contains(place) { others.insert(place) }
  }

  /// With those of `other` that are at places where nothing is wrong yet.
  func adding(_ other: Mistakes) -> Mistakes {
    var all = self
    for mistake in other.found {
      let place = Place(line: mistake.line, column: mistake.column)
      if !places.contains(place) { all.add(mistake.text, at: place) }
    }
    for place in other.others { all.add(at: place) }
    return all
  }

  var isEmpty: Bool { found.isEmpty }
  /// What is added is only counted.
  var isFull: Bool { found.count >= TopologyLimits.mistakes }

  /// In the order of the file.
  func error(in file: String) -> TopologyError {
    TopologyError(
      file: file, mistakes: found.sorted { ($0.line, $0.column) < ($1.line, $1.column) },
      others: others.count)
  }
}

extension String {
  /// In one line, not too long for one, and so what it quotes of the file.
  fileprivate var asMistake: String {
    let parts = printableLine.split(separator: "`", omittingEmptySubsequences: false)
    let short = parts.enumerated().map { number, part in
      number.isMultiple(of: 2) ? String(part) : part.cut(to: TopologyLimits.quotation)
    }
    return short.joined(separator: "`").cut(to: TopologyLimits.mistake)
  }
}

extension StringProtocol {
  fileprivate func cut(to length: Int) -> String {
    count <= length ? String(self) : prefix(length - 1) + "…"
  }
}
