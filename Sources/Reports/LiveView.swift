package import Packets

/// What a terminal shows while a run goes on: how far it is, what it does, the probes of every node
/// as they are decided, the last verdict.
package struct LiveView {
  /// How far the run is.
  package struct Progress: Hashable, Sendable {
    /// 0 to 1.
    package var share: Double
    package var left: TimeSpan
    /// `round 2 of 5, vxlan: failover`.
    package var step: String

    package init(share: Double, left: TimeSpan, step: String) {
      self.share = share
      self.left = left
      self.step = step
    }
  }

  /// A stretch of a node's probes: the worst that became of one.
  package enum Cell: Sendable {
    case answered
    case misdirected
    case lost
    /// The node held the VIP and sent none.
    case none
  }

  package var progress = Progress(share: 0, left: .zero, step: "")
  /// `alpha -> bravo`.
  package var transition = ""
  package var lastVerdict = ""
  private var nodes: [String] = []
  private var strips: [String: [Cell]] = [:]

  private static let mostNodes = 8
  private static let mostCells = 200
  private static let barWidth = 24

  package init() {}

  package mutating func record(_ cell: Cell, of node: String) {
    if strips[node] == nil { nodes.append(node) }
    strips[node, default: []].append(cell)
    if strips[node, default: []].count > LiveView.mostCells { strips[node]?.removeFirst() }
  }

  /// Forgets the strips, as another path begins.
  package mutating func clearStrips() {
    nodes = []
    strips = [:]
  }

  /// Lines no wider than the terminal.
  package func lines(_ style: TextStyle) -> [String] {
    let width = style.width ?? 80
    let barWidth = min(LiveView.barWidth, width / 5)
    let filled = Int(max(0, min(1, progress.share)) * Double(barWidth))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - filled)
    let percent = Int(max(0, min(1, progress.share)) * 100)
    let left = Int(progress.left.seconds.rounded(.up))
    let headline = "[\(bar)] \(percent) %, about \(left) s left"
    let isRoomy = headline.count + progress.step.count + 3 <= width
    var lines =
      isRoomy
      ? ["\(headline); \(progress.step)"] : [cut(headline, width), cut(progress.step, width)]
    lines.append(cut(transition, width))
    let names = nodes.map(\.count).max() ?? 0
    for node in nodes.prefix(LiveView.mostNodes) {
      let title = "  " + node + String(repeating: " ", count: names - node.count) + "  "
      let room = max(0, width - title.count - 1)
      lines.append(
        cut(title, width) + (strips[node] ?? []).suffix(room).map { text($0, style) }.joined())
    }
    if nodes.count > LiveView.mostNodes {
      lines.append(cut("  and \(nodes.count - LiveView.mostNodes) nodes more", width))
    }
    if !nodes.isEmpty {
      lines.append(cut("  probes: . answered  x lost  > at a server without the VIP", width))
    }
    if !lastVerdict.isEmpty { lines.append(cut("last: " + lastVerdict, width)) }
    return lines
  }

  /// How many columns a line takes, colours aside.
  package static func width(of line: String) -> Int {
    var (width, isEscape) = (0, false)
    for character in line {
      if character == "\u{1b}" {
        isEscape = true
      } else if isEscape {
        isEscape = !character.isLetter
      } else {
        width += 1
      }
    }
    return width
  }

  private func text(_ cell: Cell, _ style: TextStyle) -> String {
    switch cell {
    case .answered: style.coloured(".", .green)
    case .lost: style.coloured("x", .red)
    case .misdirected: style.coloured(">", .yellow)
    case .none: " "
    }
  }

  private func cut(_ text: String, _ width: Int) -> String { String(text.prefix(width - 1)) }
}
