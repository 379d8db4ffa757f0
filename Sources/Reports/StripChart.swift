import Measurement
import Packets
import Records

/// One transition: a row a prober, every probe coloured by who answered it, with the instants at
/// which the address and the announcement moved.
struct StripChart {
  private let transition: TransitionRecord
  /// The number of every node, which gives it its colour.
  private let nodes: [String: Int]
  private let probers: [ProberRecord]
  private let interval: TimeSpan

  private static let width = 440.0
  private static let (left, right) = (76.0, 10.0)
  private static let (rowHeight, rowGap, top) = (12.0, 4.0, 16.0)
  private static let bottom = 20.0

  /// Of many probers, the `most` cut off longest are shown.
  init(
    _ transition: TransitionRecord, interval: TimeSpan, nodes: [String: Int], most: Int
  ) {
    self.transition = transition
    self.interval = interval
    self.nodes = nodes
    probers =
      transition.probers.count <= most
      ? transition.probers
      : Array(
        transition.probers.sorted { $0.lossOfConnectivity > $1.lossOfConnectivity }.prefix(most))
  }

  var markup: Markup {
    let rows = Double(probers.count) * (StripChart.rowHeight + StripChart.rowGap)
    let hidden = transition.probers.count - probers.count
    var canvas = SVGCanvas(
      width: StripChart.width, height: StripChart.top + rows + StripChart.bottom,
      title: "\(transition.from) to \(transition.to)")
    let axis = ChartAxis(
      range, in: StripChart.left...(StripChart.width - StripChart.right))
    for (index, prober) in probers.enumerated() {
      let y = StripChart.top + Double(index) * (StripChart.rowHeight + StripChart.rowGap)
      draw(prober, y: y, axis, &canvas)
    }
    drawMarks(axis, bottom: StripChart.top + rows, &canvas)
    if hidden > 0 {
      canvas.text(
        "\(hidden) more", x: StripChart.left - 6, y: StripChart.top + rows + 12, .end, "t small")
    }
    return canvas.markup
  }

  /// Seconds from the scheduled instant; as much of the window as tells something.
  private var range: ClosedRange<Double> {
    let runs = probers.flatMap { $0.probes ?? [] }
    let begin = runs.map(\.first).min().map(seconds) ?? -0.02
    let end = runs.map(\.last).max().map(seconds) ?? 1
    let misses = runs.filter { $0.answeredBy == nil }.map(\.last)
    let instants =
      probers.compactMap(\.firstReply) + probers.compactMap(\.announcementSeen) + misses
    let last = instants.map(seconds).max() ?? 0
    return begin...max(begin + 0.001, min(end, last * 1.25 + 0.03))
  }

  private func seconds(_ instant: Timestamp) -> Double {
    (instant - transition.scheduled).seconds
  }

  private func draw(
    _ prober: ProberRecord, y: Double, _ axis: ChartAxis, _ canvas: inout SVGCanvas
  ) {
    canvas.text(prober.node.shortened(to: 11), x: StripChart.left - 6, y: y + 10, .end)
    var strokes: [String: String] = [:]
    let middle = y + StripChart.rowHeight / 2
    var end = -Double.infinity
    for run in prober.probes ?? [] {
      let start = max(axis.position(seconds(run.first)), end)
      end = axis.position(seconds(run.last + interval))
      // What is narrower than a hair is seen only where it tells of a miss.
      let width = max(end - start, run.answeredBy == nil ? 0.6 : 0)
      guard width >= 0.05 else { continue }
      strokes[style(of: run), default: ""] +=
        "M\(canvas.n(start)) \(canvas.n(middle))h\(FigureText.decimal(width, places: 1))"
    }
    // Misses last: they stay visible.
    for (style, data) in strokes.sorted(by: { $0.key < $1.key }) { canvas.path(data, style) }
    if let seen = prober.announcementSeen {
      let x = axis.position(seconds(seen))
      canvas.path("M\(canvas.n(x)) \(canvas.n(y - 1))l-3 -4h6z", "seen")
    }
  }

  private func style(of run: ProbeRun) -> String {
    if let node = run.answeredBy { return "run s\((nodes[node] ?? 0) % SeriesColour.count)" }
    return run.misdirectedTo == nil ? "run x" : "run y"
  }

  private func drawMarks(_ axis: ChartAxis, bottom: Double, _ canvas: inout SVGCanvas) {
    let marks: [(Timestamp?, String)] = [
      (transition.scheduled, "mark"), (transition.addressAdded, "mark added"),
      (transition.addressRemoved, "mark removed"), (transition.announced, "mark announced"),
    ]
    for (instant, style) in marks {
      guard let instant else { continue }
      let x = axis.position(seconds(instant))
      canvas.line((x, StripChart.top - 4), (x, bottom), style)
    }
    for tick in axis.ticks {
      let span = TimeSpan(clamping: (tick * 1e9).rounded())
      canvas.text(span.label, x: axis.position(tick), y: bottom + 12, .middle, "t small")
    }
  }
}

extension String {
  /// With an ellipsis where it is too long.
  func shortened(to count: Int) -> String {
    self.count > count ? prefix(count - 1) + "\u{2026}" : self
  }
}
