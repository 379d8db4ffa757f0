import Packets

/// Rows of cells in columns wide enough for them: the first to the left, the others to the right.
struct TextTable {
  private var rows: [[String]] = []

  mutating func add(_ row: [String]) { rows.append(row.map(TextTable.cell)) }

  /// A line of its own, which widens no column.
  mutating func addHeading(_ text: String) { rows.append([text]) }

  /// On one line, and harmless.
  private static func cell(_ text: String) -> String {
    String(text.printable.map { $0.isNewline ? " " : $0 })
  }

  private static let gap = 3

  /// Where `width` is too narrow for all columns, those that do not fit follow in blocks of their
  /// own, each behind the first column.
  func render(width: Int? = nil) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.filter { $0.count > 1 && $0.count > column }.map { $0[column].count }.max() ?? 0
    }
    return blocks(widths, within: width).map { block in
      rows.map { line($0, [0] + block, widths) }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// The columns after the first, in as many groups as it takes.
  private func blocks(_ widths: [Int], within width: Int?) -> [[Int]] {
    guard let first = widths.first else { return [] }
    var blocks: [[Int]] = [[]]
    var used = first
    for column in widths.indices.dropFirst() {
      let needed = TextTable.gap + widths[column]
      if let width, used + needed > width, blocks.last?.isEmpty == false {
        blocks.append([])
        used = first
      }
      blocks[blocks.count - 1].append(column)
      used += needed
    }
    return blocks
  }

  private func line(_ row: [String], _ columns: [Int], _ widths: [Int]) -> String {
    guard row.count > 1 else { return row.first ?? "" }
    let cells = columns.map { column in
      let cell = row.indices.contains(column) ? row[column] : ""
      let padding = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + padding : padding + cell
    }
    var line = cells.joined(separator: String(repeating: " ", count: TextTable.gap))
    while line.last == " " { line.removeLast() }
    return line
  }
}
