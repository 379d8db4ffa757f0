/// A page in one file, which needs no network and no script, built up section by section.
struct HTMLPage {
  private let title: String
  private let tool: String
  private var body: Markup = ""

  init(title: String, tool: String) {
    self.title = title
    self.tool = tool
  }

  mutating func add(_ markup: Markup) { body += markup }

  mutating func addSection(_ title: String, _ content: Markup) {
    body += HTMLPage.section(title, content)
  }

  var markup: Markup {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width,initial-scale=1">
    <title>\(title)</title>
    <style>\(HTMLStyle.sheet)</style></head><body><main>
    <h1>\(title)</h1>
    \(body)<footer><p>\(tool)</p></footer>
    </main></body></html>

    """
  }
}

/// What pages are made of; nothing comes of nothing.
extension HTMLPage {
  static func section(_ title: String, _ content: Markup) -> Markup {
    content.isEmpty ? "" : "<section><h2>\(title)</h2>\n\(content)\n</section>\n"
  }

  static func finding(_ summary: String, notes: [String]) -> Markup {
    let items = notes.map { "<li>\($0)</li>" as Markup }.joined()
    return "<div class=\"finding\"><p>\(summary)</p>"
      + (items.isEmpty ? "" : "<ul>\(items)</ul>") + "</div>\n"
  }

  /// A table, of which the first row says what the columns are.
  static func table(_ rows: [[String]]) -> Markup {
    let markup = rows.enumerated().map { number, row -> Markup in
      let cell = number == 0 ? "th" : "td"
      return "<tr>" + row.map { "<\(cell)>\($0)</\(cell)>" as Markup }.joined() + "</tr>\n"
    }
    return "<div class=\"wide\"><table>\(markup.joined())</table></div>"
  }

  static func charts(_ figures: [Markup]) -> Markup {
    let present = figures.filter { !$0.isEmpty }
    return present.isEmpty ? "" : "<div class=\"charts\">\(present.joined(separator: "\n"))</div>"
  }

  static func figure(_ caption: String, _ drawing: Markup, key: Markup = "") -> Markup {
    "<figure><figcaption>\(caption)</figcaption>\(drawing)\(key)</figure>"
  }

  /// What the colours of series stand for.
  static func key(_ series: [(number: Int, title: String)]) -> Markup {
    "<div class=\"key\">"
      + series.map { number, title -> Markup in
        "<span><i class=\"s\(number % SeriesColour.count)\"></i>\(title)</span>"
      }.joined() + "</div>"
  }
}
