import Measurement
import Packets
import Records

/// One run or several as a page in one file, which needs no network and no script.
package struct HTMLReport {
  private let exhibit: Exhibit

  package init(_ exhibit: Exhibit) { self.exhibit = exhibit }

  package func render() -> String {
    var page = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <title>\(title.escapedForHTML)</title>
      <style>\(HTMLStyle.sheet)</style></head><body><main>

      """
    page += "<h1>\(title.escapedForHTML)</h1>\n"
    page += runs + findings + topologies
    page += section("Comparison", comparison)
    page += section("Failover", failoverCharts)
    page += section("Latency and bandwidth", restCharts)
    page += section("Transitions", TransitionPages(exhibit).markup)
    page += section("Conditions", ConditionsTable(exhibit).markup)
    let tools = Set(exhibit.runs.map(\.result.tool)).sorted().joined(separator: ", ")
    page += "<footer><p>\(tools.escapedForHTML)</p></footer>\n</main></body></html>\n"
    return page
  }

  private var title: String {
    let topologies = exhibit.runs.map(\.result.topology)
    return Set(topologies).count == 1 ? topologies[0] : topologies.joined(separator: ", ")
  }

  private func section(_ title: String, _ content: String) -> String {
    content.isEmpty ? "" : "<section><h2>\(title)</h2>\n\(content)\n</section>\n"
  }

  private var runs: String {
    zip(exhibit.headings, exhibit.runs).map { heading, run in
      let date =
        exhibit.isSingle ? run.result.conditions.map { ", \($0.started.date)" } ?? "" : ""
      return "<p class=\"soft\">\((heading + date).escapedForHTML)</p>\n"
    }.joined()
  }

  private var findings: String {
    exhibit.findings.map { notes, summary in
      let items = notes.map { "<li>\($0.escapedForHTML)</li>" }.joined()
      return "<div class=\"finding\"><p>\(summary.escapedForHTML)</p>"
        + (items.isEmpty ? "" : "<ul>\(items)</ul>") + "</div>\n"
    }.joined()
  }

  /// Of every lab that is different.
  private var topologies: String {
    var seen: Set<String> = []
    let drawings = exhibit.runs.compactMap { run -> String? in
      guard let conditions = run.result.conditions, !conditions.nodes.isEmpty else { return nil }
      let drawing = TopologyDrawing(conditions, paths: run.result.paths).markup
      guard seen.insert(drawing).inserted else { return nil }
      return figure(exhibit.isSingle ? "The lab" : "The lab of \(run.title)", drawing)
    }
    return section("Topology", charts(drawings))
  }

  private var comparison: String {
    var rows = "<tr><th></th>"
    rows += exhibit.columns.map { "<th>\($0.title.escapedForHTML)</th>" }.joined() + "</tr>\n"
    for section in FigureSection.all(of: exhibit.columns) {
      rows += "<tr><th class=\"g\" colspan=\"\(exhibit.columns.count + 1)\">"
      rows += "\(section.title.uppercasedFirst.escapedForHTML)</th></tr>\n"
      for row in section.rows {
        rows += "<tr><td\(row.isDetail ? " class=\"d\"" : "")>\(row.title.escapedForHTML)</td>"
        rows += row.cells.map { "<td>\($0.escapedForHTML)</td>" }.joined() + "</tr>\n"
      }
    }
    return "<div class=\"wide\"><table>\(rows)</table></div>"
  }
}

/// Charts of figures.
extension HTMLReport {
  private var measured: [(number: Int, column: Column)] {
    exhibit.columns.enumerated().filter { $0.element.path.skipped == nil }
      .map { ($0.offset, $0.element) }
  }

  private var failoverCharts: String {
    let interval = exhibit.runs.map(\.result.probeInterval).min() ?? .milliseconds(1)
    let series = measured.map { number, column in
      CumulativeChart.Series(
        title: column.title, number: number,
        points: column.path.transitions.outages.filter { $0.verdict == .good }
          .map(\.lossOfConnectivity).cumulative,
        total: column.path.transitions.outages.count)
    }
    let chart = CumulativeChart("loss of connectivity", series, floor: interval).markup
    guard !chart.isEmpty else { return "" }
    return charts([
      figure(
        "Share of the transitions that cut clients off for no longer than this; stuck ones never "
          + "count", chart, key: key)
    ])
  }

  private var restCharts: String {
    let latency = measured.map { number, column in
      CumulativeChart.Series(
        title: column.title, number: number, points: column.path.latency?.distribution ?? [])
    }
    let shortest = latency.compactMap(\.points.first?.value).min() ?? .zero
    let round = CumulativeChart("round-trip times", latency, floor: shortest).markup
    let bars = measured.flatMap { number, column -> [BandwidthChart.Bar] in
      guard let bandwidth = column.path.bandwidth else { return [] }
      let directions = [
        (bandwidth.from, bandwidth.to, bandwidth.bitsPerSecond, bandwidth.bitsPerSecondInterval),
        (
          bandwidth.to, bandwidth.from, bandwidth.reverseBitsPerSecond,
          bandwidth.reverseBitsPerSecondInterval
        ),
      ]
      return directions.compactMap { from, to, value, interval in
        value.map {
          BandwidthChart.Bar(
            title: "\(column.title), \(from) to \(to)", number: number, value: $0,
            interval: interval)
        }
      }
    }
    return charts([
      round.isEmpty
        ? "" : figure("Share of the round trips that took no longer than this", round, key: key),
      bars.isEmpty
        ? ""
        : figure(
          "TCP: median of the rounds, and its 95 % interval", BandwidthChart(bars).markup),
    ])
  }

  private var key: String {
    "<div class=\"key\">"
      + measured.map { number, column in
        "<span><i class=\"s\(number % SeriesColour.count)\"></i>"
          + "\(column.title.escapedForHTML)</span>"
      }.joined() + "</div>"
  }

  private func charts(_ figures: [String]) -> String {
    let present = figures.filter { !$0.isEmpty }
    return present.isEmpty ? "" : "<div class=\"charts\">\(present.joined(separator: "\n"))</div>"
  }

  private func figure(_ caption: String, _ drawing: String, key: String = "") -> String {
    "<figure><figcaption>\(caption.escapedForHTML)</figcaption>\(drawing)\(key)</figure>"
  }
}

extension String {
  var uppercasedFirst: String { prefix(1).uppercased() + dropFirst() }
}
