import Measurement
import Records

/// What each path carries in each direction, with intervals.
struct BandwidthChart {
  struct Bar {
    let title: String
    let number: Int
    let value: Double
    let interval: ConfidenceInterval?
  }

  private let bars: [Bar]

  private static let width = 440.0
  private static let rowHeight = 34.0
  private static let barHeight = 12.0
  private static let (left, right, top, bottom) = (8.0, 78.0, 6.0, 26.0)

  init(_ bars: [Bar]) { self.bars = bars }

  /// Empty when there is nothing to show.
  var markup: Markup {
    guard !bars.isEmpty else { return "" }
    let most = bars.map { max($0.value, $0.interval?.high ?? 0) }.max() ?? 1
    let axis = ChartAxis(
      0...max(most, 1), in: BandwidthChart.left...(BandwidthChart.width - BandwidthChart.right))
    let bottom = BandwidthChart.top + Double(bars.count) * BandwidthChart.rowHeight
    var canvas = SVGCanvas(
      width: BandwidthChart.width, height: bottom + BandwidthChart.bottom, title: "bandwidth")
    for tick in axis.ticks {
      let x = axis.position(tick)
      canvas.line((x, BandwidthChart.top), (x, bottom), "grid")
      canvas.text(
        tick == 0 ? "0" : FigureText.rate(tick), x: x, y: bottom + 16, tick == 0 ? .start : .middle)
    }
    for (row, bar) in bars.enumerated() {
      draw(bar, y: BandwidthChart.top + Double(row) * BandwidthChart.rowHeight, axis, &canvas)
    }
    return canvas.markup
  }

  private func draw(_ bar: Bar, y: Double, _ axis: ChartAxis, _ canvas: inout SVGCanvas) {
    canvas.text(bar.title, x: BandwidthChart.left, y: y + 12)
    let end = axis.position(bar.value)
    canvas.rectangle(
      x: BandwidthChart.left, y: y + 16, width: end - BandwidthChart.left,
      height: BandwidthChart.barHeight, "fill s\(bar.number % SeriesColour.count)")
    var outermost = end
    if let interval = bar.interval {
      let (low, high) = (axis.position(interval.low), axis.position(interval.high))
      let middle = y + 16 + BandwidthChart.barHeight / 2
      canvas.path(
        "M\(canvas.n(low)) \(canvas.n(middle))H\(canvas.n(high))M\(canvas.n(low)) "
          + "\(canvas.n(middle - 4))v8M\(canvas.n(high)) \(canvas.n(middle - 4))v8", "whisker")
      outermost = max(outermost, high)
    }
    canvas.text(FigureText.rate(bar.value), x: outermost + 6, y: y + 26)
  }
}
