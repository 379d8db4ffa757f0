import Measurement
import Packets
import Records

/// One run or several as a page in one file, which needs no network and no script.
package struct HTMLReport {
  private let exhibit: Exhibit

  package init(_ exhibit: Exhibit) { self.exhibit = exhibit }

  package func render() -> String {
    let tools = Set(exhibit.runs.map(\.result.tool)).sorted().joined(separator: ", ")
    var page = HTMLPage(title: title, tool: tools)
    page.add(runs + findings + topologies)
    page.addSection("Comparison", comparison)
    page.addSection("Failover", failoverCharts)
    page.addSection("Latency and bandwidth", restCharts)
    page.addSection("Transitions", TransitionPages(exhibit).markup)
    page.addSection("Conditions", ConditionsTable(exhibit).markup)
    return page.markup.source
  }

  private var title: String {
    let topologies = exhibit.runs.map(\.result.topology)
    return Set(topologies).count == 1 ? topologies[0] : topologies.joined(separator: ", ")
  }

  private var runs: Markup {
    zip(exhibit.headings, exhibit.runs).map { heading, run -> Markup in
      let date =
        exhibit.isSingle ? run.result.conditions.map { ", \($0.started.date)" } ?? "" : ""
      return "<p class=\"soft\">\((heading + date))</p>\n"
    }.joined()
  }

  private var findings: Markup {
    exhibit.findings.map { HTMLPage.finding($0.summary, notes: $0.notes) }.joined()
  }

  /// Of every lab that is different.
  private var topologies: Markup {
    var seen: Set<Markup> = []
    let drawings = exhibit.runs.compactMap { run -> Markup? in
      guard let conditions = run.result.conditions, !conditions.nodes.isEmpty else { return nil }
      let drawing = TopologyDrawing(conditions, paths: run.result.paths).markup
      guard seen.insert(drawing).inserted else { return nil }
      return HTMLPage.figure(exhibit.isSingle ? "The lab" : "The lab of \(run.title)", drawing)
    }
    return HTMLPage.section("Topology", HTMLPage.charts(drawings))
  }

  private var comparison: Markup {
    var rows: Markup = "<tr><th></th>"
    rows += exhibit.columns.map { "<th>\($0.title)</th>" as Markup }.joined() + "</tr>\n"
    for section in FigureSection.all(of: exhibit.columns) {
      rows += "<tr><th class=\"g\" colspan=\"\(exhibit.columns.count + 1)\">"
      rows += "\(section.title.uppercasedFirst)</th></tr>\n"
      for row in section.rows {
        rows += row.isDetail ? "<tr><td class=\"d\">" : "<tr><td>"
        rows += "\(row.title)</td>"
        rows += row.cells.map { "<td>\($0)</td>" as Markup }.joined() + "</tr>\n"
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

  private var failoverCharts: Markup {
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
    return HTMLPage.charts([
      HTMLPage.figure(
        "Share of the transitions that cut clients off for no longer than this; stuck ones never "
          + "count", chart, key: key)
    ])
  }

  private var restCharts: Markup {
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
    return HTMLPage.charts([
      round.isEmpty
        ? ""
        : HTMLPage.figure(
          "Share of the round trips that took no longer than this", round, key: key),
      bars.isEmpty
        ? ""
        : HTMLPage.figure(
          "TCP: median of the rounds, and its 95 % interval", BandwidthChart(bars).markup),
    ])
  }

  private var key: Markup { HTMLPage.key(measured.map { ($0.number, $0.column.title) }) }
}

extension String {
  var uppercasedFirst: String { prefix(1).uppercased() + dropFirst() }
}
