/// A drawing for a page, built up element by element.
struct SVGCanvas {
  let width: Double
  let height: Double
  /// What it shows, for those who cannot see it.
  let title: String
  private var body: Markup = ""

  init(width: Double, height: Double, title: String) {
    self.width = width
    self.height = height
    self.title = title
  }

  enum Anchor: String {
    case start, middle, end
  }

  mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ style: String)
  {
    path("M\(n(from.x)) \(n(from.y))L\(n(to.x)) \(n(to.y))", style)
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, radius: Double = 0, _ style: String
  ) {
    let corners: Markup = radius > 0 ? #" rx="\#(n(radius))""# : ""
    body +=
      #"<rect class="\#(style)" x="\#(n(x))" y="\#(n(y))" width="\#(n(max(0, width)))""#
      + #" height="\#(n(height))"\#(corners)/>"#
  }

  mutating func path(_ data: String, _ style: String) {
    body += #"<path class="\#(style)" d="\#(data)"/>"#
  }

  mutating func text(
    _ text: String, x: Double, y: Double, _ anchor: Anchor = .start, _ style: String = "t"
  ) {
    let alignment: Markup = anchor == .start ? "" : #" text-anchor="\#(anchor.rawValue)""#
    body += #"<text class="\#(style)" x="\#(n(x))" y="\#(n(y))"\#(alignment)>"#
    body += "\(text)</text>"
  }

  var markup: Markup {
    #"<svg viewBox="0 0 \#(n(width)) \#(n(height))" role="img" aria-label="\#(title)">"#
      + body + "</svg>"
  }

  /// A coordinate, to a tenth.
  func n(_ value: Double) -> String {
    let text = FigureText.decimal(value, places: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
