import Packets

/// One run or several as Markdown, for a ticket.
package struct MarkdownReport {
  private let exhibit: Exhibit

  package init(_ exhibit: Exhibit) { self.exhibit = exhibit }

  package func render() -> String {
    ([heading, table] + conclusions).filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private var heading: String {
    exhibit.headings.map { "**\(escaped($0))**" }.joined(separator: "\n\n")
  }

  private var table: String {
    var lines = [
      line([""] + exhibit.columns.map(\.title)),
      "|---|" + exhibit.columns.map { _ in "---:|" }.joined(),
    ]
    for section in FigureSection.all(of: exhibit.columns) {
      lines.append(
        "| **\(escaped(section.title.uppercasedFirst))** |"
          + exhibit.columns.map { _ in " |" }.joined())
      for row in section.rows {
        lines.append(line([(row.isDetail ? "\u{2003}" : "") + row.title] + row.cells))
      }
    }
    return lines.joined(separator: "\n")
  }

  private func line(_ cells: [String]) -> String {
    "| " + cells.map(escaped).joined(separator: " | ") + " |"
  }

  private var conclusions: [String] {
    exhibit.findings.flatMap { notes, summary in
      [notes.map { "- \(escaped($0))" }.joined(separator: "\n"), escaped(summary)]
    }
  }

  /// Without what Markdown or HTML would take for its own.
  private func escaped(_ text: String) -> String {
    text.printable.reduce(into: "") { result, character in
      if "\\`*_<>|[]#".contains(character) { result.append("\\") }
      result.append(character.isNewline ? " " : character)
    }
  }
}
