/// A page in one file, which needs no network and no script, built up section by section.
struct HTMLPage {
  private let title: String
  private let tool: String
  private var body = ""

  init(title: String, tool: String) {
    self.title = title
    self.tool = tool
  }

  mutating func add(_ markup: String) { body += markup }

  mutating func addSection(_ title: String, _ content: String) {
    body += HTMLPage.section(title, content)
  }

  var markup: String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width,initial-scale=1">
    <title>\(title.escapedForHTML)</title>
    <style>\(HTMLStyle.sheet)</style></head><body><main>
    <h1>\(title.escapedForHTML)</h1>
    \(body)<footer><p>\(tool.escapedForHTML)</p></footer>
    </main></body></html>

    """
  }
}

/// What pages are made of; nothing comes of nothing.
extension HTMLPage {
  static func section(_ title: String, _ content: String) -> String {
    content.isEmpty ? "" : "<section><h2>\(title)</h2>\n\(content)\n</section>\n"
  }

  static func finding(_ summary: String, notes: [String]) -> String {
    let items = notes.map { "<li>\($0.escapedForHTML)</li>" }.joined()
    return "<div class=\"finding\"><p>\(summary.escapedForHTML)</p>"
      + (items.isEmpty ? "" : "<ul>\(items)</ul>") + "</div>\n"
  }

  /// A table, of which the first row says what the columns are.
  static func table(_ rows: [[String]]) -> String {
    let markup = rows.enumerated().map { number, row in
      let cell = number == 0 ? "th" : "td"
      return "<tr>" + row.map { "<\(cell)>\($0.escapedForHTML)</\(cell)>" }.joined() + "</tr>\n"
    }
    return "<div class=\"wide\"><table>\(markup.joined())</table></div>"
  }

  static func charts(_ figures: [String]) -> String {
    let present = figures.filter { !$0.isEmpty }
    return present.isEmpty ? "" : "<div class=\"charts\">\(present.joined(separator: "\n"))</div>"
  }

  static func figure(_ caption: String, _ drawing: String, key: String = "") -> String {
    "<figure><figcaption>\(caption.escapedForHTML)</figcaption>\(drawing)\(key)</figure>"
  }

  /// What the colours of series stand for.
  static func key(_ series: [(number: Int, title: String)]) -> String {
    "<div class=\"key\">"
      + series.map { number, title in
        "<span><i class=\"s\(number % SeriesColour.count)\"></i>\(title.escapedForHTML)</span>"
      }.joined() + "</div>"
  }
}
