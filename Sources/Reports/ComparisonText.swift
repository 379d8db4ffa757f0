/// One run or several as a table on a terminal: a column a path, a row a figure, and in sentences
/// what it says.
package struct ComparisonText {
  private let exhibit: Exhibit
  private let style: TextStyle

  package init(_ exhibit: Exhibit, style: TextStyle = .plain) {
    self.exhibit = exhibit
    self.style = style
  }

  package func render() -> String {
    ([heading, table] + conclusions).filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var heading: String {
    exhibit.headings.map(style.wrapped).joined(separator: "\n")
  }

  private var table: String {
    var table = TextTable()
    table.add([""] + exhibit.columns.map(\.title))
    for (index, section) in FigureSection.all(of: exhibit.columns).enumerated() {
      if index > 0 { table.addHeading("") }
      table.addHeading(section.title.uppercasedFirst)
      for row in section.rows { table.add([(row.isDetail ? "  " : "") + row.title] + row.cells) }
    }
    return table.render(width: style.width)
  }

  private var conclusions: [String] {
    exhibit.findings.flatMap { notes, summary in
      [
        notes.map(style.wrapped).joined(separator: "\n"),
        style.emphasised(style.wrapped(summary)),
      ]
    }
  }
}
