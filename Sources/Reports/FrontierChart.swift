import Measurement
import Packets
import Records
import TopologyModel

/// False takeovers against the time until a crash is noticed: a line for each method and impairment, with a
/// point an interval.
struct FrontierChart {
  private struct Point {
    var interval: TimeSpan
    var detection: TimeSpan
    var perHour: Double
  }

  private let series: [(title: String, points: [Point])]

  private static let (width, height) = (560.0, 320.0)
  private static let (left, right, top, bottom) = (64.0, 24.0, 16.0, 40.0)

  init(_ cells: [FrontierCell]) {
    var titles: [String] = []
    var points: [String: [Point]] = [:]
    for cell in cells {
      guard let figures = cell.simulated ?? cell.measured, let detection = figures.detection else {
        continue
      }
      let title = cell.method.rawValue + (cell.impairment.isNone ? "" : ", \(cell.impairment)")
      if points[title] == nil { titles.append(title) }
      points[title, default: []].append(
        Point(
          interval: cell.interval, detection: detection.p50,
          perHour: figures.falseTakeovers.perHour))
    }
    series = titles.map { title in
      (title, (points[title] ?? []).sorted { $0.detection < $1.detection })
    }
  }

  var key: [(number: Int, title: String)] {
    series.enumerated().map { ($0.offset, $0.element.title) }
  }

  /// Empty when there is nothing to show.
  var markup: Markup {
    let all = series.flatMap(\.points)
    guard let least = all.map(\.detection).min(), let most = all.map(\.detection).max() else {
      return ""
    }
    let rates = all.map(\.perHour).filter { $0 > 0 }
    let lowest = rates.min() ?? 0.1
    let detections = ChartAxis(
      (least.seconds / 1.5)...(most.seconds * 1.5),
      in: FrontierChart.left...(FrontierChart.width - FrontierChart.right), isLogarithmic: true)
    // A decade below the lowest stands for none.
    let takeovers = ChartAxis(
      (lowest / 10)...max((rates.max() ?? 1) * 2, lowest * 10),
      in: FrontierChart.top...(FrontierChart.height - FrontierChart.bottom), isLogarithmic: true)
    var canvas = SVGCanvas(
      width: FrontierChart.width, height: FrontierChart.height,
      title: "false takeovers against detection time")
    drawGrid(detections, takeovers, &canvas)
    for (number, series) in series.enumerated() {
      draw(series.points, number, detections, takeovers, &canvas)
    }
    return canvas.markup
  }

  /// The axis grows downwards.
  private func height(_ rate: Double, _ axis: ChartAxis) -> Double {
    axis.space.lowerBound + axis.space.upperBound - axis.position(rate)
  }

  private func drawGrid(_ detections: ChartAxis, _ takeovers: ChartAxis, _ canvas: inout SVGCanvas)
  {
    let (low, high) = (takeovers.space.lowerBound, takeovers.space.upperBound)
    for tick in takeovers.ticks.filter({ $0 > takeovers.range.lowerBound * 1.5 }) {
      let y = height(tick, takeovers)
      canvas.line((detections.space.lowerBound, y), (detections.space.upperBound, y), "grid")
      canvas.text("\(FigureText.digits(tick)) /h", x: FrontierChart.left - 6, y: y + 4, .end)
    }
    canvas.line((detections.space.lowerBound, high), (detections.space.upperBound, high), "rail")
    canvas.text("none", x: FrontierChart.left - 6, y: high + 4, .end)
    for tick in detections.ticks {
      let x = detections.position(tick)
      canvas.line((x, low), (x, high), "grid")
      canvas.text(
        TimeSpan(clamping: (tick * 1e9).rounded()).label, x: x, y: high + 20, .middle)
    }
  }

  private func draw(
    _ points: [Point], _ number: Int, _ detections: ChartAxis, _ takeovers: ChartAxis,
    _ canvas: inout SVGCanvas
  ) {
    let colour = "s\(number % SeriesColour.count)"
    let places = points.map { point in
      (
        x: detections.position(point.detection.seconds),
        y: height(max(point.perHour, takeovers.range.lowerBound), takeovers)
      )
    }
    let line = places.enumerated().map { index, place in
      "\(index == 0 ? "M" : "L")\(canvas.n(place.x)) \(canvas.n(place.y))"
    }
    canvas.path(
      line.joined(), "curve \(colour) d\(number / SeriesColour.count % 3)")
    for (point, place) in zip(points, places) {
      canvas.rectangle(
        x: place.x - 4, y: place.y - 4, width: 8, height: 8, radius: 4, "fill \(colour)")
      // Two methods notice in much the same time.
      let side = number.isMultiple(of: 2) ? 6.0 : -6.0
      canvas.text(
        point.interval.description, x: place.x + side, y: place.y - 6, side > 0 ? .start : .end,
        "t small")
    }
  }
}
