import Measurement
import Packets
import Records

/// What share of values is no longer than each: a curve a series, on a logarithmic axis of time.
struct CumulativeChart {
  struct Series {
    let title: String
    /// The series' number, which gives it its colour.
    let number: Int
    /// Rising in both.
    let points: [CumulativeCount]
    /// Of how many: more than the points count where some values have no end.
    var total: Int?
  }

  private let title: String
  private let series: [Series]
  /// Nothing shorter is told apart.
  private let floor: TimeSpan

  private static let (width, height) = (440.0, 250.0)
  private static let (left, right, top, bottom) = (52.0, 24.0, 12.0, 36.0)

  init(_ title: String, _ series: [Series], floor: TimeSpan) {
    self.title = title
    self.series = series.filter { !$0.points.isEmpty || ($0.total ?? 0) > 0 }
    self.floor = max(floor, TimeSpan(nanoseconds: 1))
  }

  /// Empty when there is nothing to show.
  var markup: Markup {
    guard !series.isEmpty else { return "" }
    let longest = series.compactMap(\.points.last?.value).max() ?? floor
    let axis = ChartAxis(
      floor.seconds...max(longest, 10 * floor).seconds,
      in: CumulativeChart.left...(CumulativeChart.width - CumulativeChart.right),
      isLogarithmic: true)
    let shares = ChartAxis(
      0...1, in: CumulativeChart.top...(CumulativeChart.height - CumulativeChart.bottom))
    var canvas = SVGCanvas(
      width: CumulativeChart.width, height: CumulativeChart.height, title: title)
    drawGrid(axis, shares, &canvas)
    for series in series { draw(series, axis, shares, &canvas) }
    return canvas.markup
  }

  private func drawGrid(_ axis: ChartAxis, _ shares: ChartAxis, _ canvas: inout SVGCanvas) {
    let (low, high) = (shares.space.lowerBound, shares.space.upperBound)
    for percent in [0, 25, 50, 75, 100] {
      let y = shares.position(1 - Double(percent) / 100)
      canvas.line((axis.space.lowerBound, y), (axis.space.upperBound, y), "grid")
      canvas.text("\(percent) %", x: CumulativeChart.left - 6, y: y + 4, .end)
    }
    for tick in axis.ticks {
      let x = axis.position(tick)
      canvas.line((x, low), (x, high), "grid")
      let isFloor = tick <= axis.range.lowerBound * 1.0001
      let span = TimeSpan(clamping: (tick * 1e9).rounded())
      canvas.text((isFloor ? "\u{2264} " : "") + span.label, x: x, y: high + 18, .middle)
    }
  }

  private func draw(
    _ series: Series, _ axis: ChartAxis, _ shares: ChartAxis, _ canvas: inout SVGCanvas
  ) {
    let total = Double(max(series.total ?? 0, series.points.last?.count ?? 1))
    var data = "M\(canvas.n(axis.space.lowerBound)) \(canvas.n(shares.position(1)))"
    for point in series.points {
      let x = axis.position(point.value.seconds)
      data += "H\(canvas.n(x))V\(canvas.n(shares.position(1 - Double(point.count) / total)))"
    }
    data += "H\(canvas.n(axis.space.upperBound))"
    let dashes = series.number / SeriesColour.count % 3
    canvas.path(data, "curve s\(series.number % SeriesColour.count) d\(dashes)")
  }
}

/// Colours of series, classes of the page's style.
enum SeriesColour {
  static let count = 8
}

extension [TimeSpan] {
  /// How many are no longer than each.
  var cumulative: [CumulativeCount] {
    sorted().enumerated().reduce(into: []) { counts, next in
      if counts.last?.value == next.element { counts.removeLast() }
      counts.append(CumulativeCount(value: next.element, count: next.offset + 1))
    }
  }
}
