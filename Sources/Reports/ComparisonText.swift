/// One run or several on a terminal: in sentences what it says, a table with a column a path and a row
/// a figure, and why some figures are as they are.
package struct ComparisonText {
  private let exhibit: Exhibit
  private let style: TextStyle

  package init(_ exhibit: Exhibit, style: TextStyle = .plain) {
    self.exhibit = exhibit
    self.style = style
  }

  package func render() -> String {
    ([heading] + summaries + [table, notes]).filter { !$0.isEmpty }.joined(separator: "\n\n")
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

  private var summaries: [String] {
    exhibit.findings.map { style.emphasised(style.wrapped($0.summary)) }
  }

  private var notes: String {
    exhibit.findings.flatMap(\.notes).map(style.wrapped).joined(separator: "\n")
  }
}
