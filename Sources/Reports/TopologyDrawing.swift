import Measurement
import Packets
import Records
import TopologyModel

/// The lab: every segment with the nodes on it, and the paths over it.
struct TopologyDrawing {
  private let conditions: Conditions
  private let paths: [PathRecord]

  private static let width = 440.0
  private static let (boxWidth, boxHeight) = (98.0, 36.0)
  private static let perRow = 4
  private static let (margin, rowHeight, heading) = (12.0, 58.0, 40.0)

  init(_ conditions: Conditions, paths: [PathRecord]) {
    self.conditions = conditions
    self.paths = paths
  }

  var markup: Markup {
    let heights = conditions.segments.indices.map { height(of: nodes(on: $0)) }
    let legend = Double(paths.count) * 20 + 8
    var canvas = SVGCanvas(
      width: TopologyDrawing.width, height: heights.reduce(0, +) + legend, title: "topology")
    var y = 0.0
    for (segment, height) in heights.enumerated() {
      draw(segment, y: y, &canvas)
      y += height
    }
    for (number, path) in paths.enumerated() {
      let line = y + 16 + Double(number) * 20
      canvas.rectangle(
        x: TopologyDrawing.margin, y: line - 9, width: 14, height: 10, radius: 2,
        "fill s\(number % SeriesColour.count)")
      canvas.text(text(of: path), x: TopologyDrawing.margin + 22, y: line)
    }
    return canvas.markup
  }

  private func nodes(on segment: Int) -> [(TopologyNode, Attachment)] {
    conditions.nodes.compactMap { node in node.attachment(to: segment).map { (node, $0) } }
  }

  private func height(of nodes: [(TopologyNode, Attachment)]) -> Double {
    let rows = (nodes.count + TopologyDrawing.perRow - 1) / TopologyDrawing.perRow
    return TopologyDrawing.heading + Double(rows) * TopologyDrawing.rowHeight + 6
  }

  /// A trunk at the left, a rail over each row of nodes.
  private func draw(_ index: Int, y: Double, _ canvas: inout SVGCanvas) {
    let segment = conditions.segments[index]
    var title = "\(segment.name)  \(segment.subnet)"
    if let vlan = segment.vlan { title += ", VLAN \(vlan)" }
    canvas.text(title, x: TopologyDrawing.margin, y: y + 15, .start, "t strong")
    canvas.text(
      "\(segment.switchModel.name.rawValue) switch, MTU \(segment.mtu)\(segment.shaping.text)",
      x: TopologyDrawing.margin, y: y + 30, .start, "t small")
    let nodes = nodes(on: index)
    for (number, (node, attachment)) in nodes.enumerated() {
      let (row, column) = (number / TopologyDrawing.perRow, number % TopologyDrawing.perRow)
      let rail = y + TopologyDrawing.heading + Double(row) * TopologyDrawing.rowHeight
      if column == 0 {
        canvas.line(
          (TopologyDrawing.margin, rail), (TopologyDrawing.width - TopologyDrawing.margin, rail),
          "rail")
      }
      let x = TopologyDrawing.margin + 4 + Double(column) * (TopologyDrawing.boxWidth + 5)
      let middle = x + TopologyDrawing.boxWidth / 2
      canvas.line((middle, rail), (middle, rail + 10), "rail")
      canvas.rectangle(
        x: x, y: rail + 10, width: TopologyDrawing.boxWidth, height: TopologyDrawing.boxHeight,
        radius: 5, "box \(node.role.rawValue)")
      canvas.text(
        node.name.shortened(to: 13), x: middle, y: rail + 25, .middle, "t strong")
      canvas.text(
        attachment.address.description, x: middle, y: rail + 39, .middle, "t small")
    }
    if nodes.count > TopologyDrawing.perRow {
      let last = (nodes.count - 1) / TopologyDrawing.perRow
      let top = y + TopologyDrawing.heading
      canvas.line(
        (TopologyDrawing.margin, top),
        (TopologyDrawing.margin, top + Double(last) * TopologyDrawing.rowHeight), "rail")
    }
  }

  private func text(of path: PathRecord) -> String {
    var parts = [
      path.name == path.kind.rawValue ? path.name : "\(path.name) (\(path.kind.rawValue))"
    ]
    if let vip = path.vip { parts.append("VIP \(vip)") }
    if let vni = path.vni { parts.append("VNI \(vni)") }
    if let port = path.udpPort { parts.append("UDP \(port)") }
    parts.append("MTU \(path.mtu)")
    return parts.joined(separator: ", ").shortened(to: 68)
  }
}

extension Shaping {
  /// `, delay 500us, rate 1.00 Gbit/s`.
  fileprivate var text: String {
    var text = ""
    if delay > .zero { text += ", delay \(delay)" }
    if jitter > .zero { text += ", jitter \(jitter)" }
    if loss > 0 { text += ", loss \(FigureText.percent(loss))" }
    if let rate { text += ", rate \(FigureText.rate(Double(rate)))" }
    return text
  }
}
