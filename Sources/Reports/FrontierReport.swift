import Measurement
import Packets
package import Records
import TopologyModel

/// How fast daemons may watch each other, on a terminal and as a page.
package struct FrontierReport {
  private let record: FrontierRecord
  private let findings: FrontierFindings

  package init(_ record: FrontierRecord) {
    self.record = record
    findings = FrontierFindings(record)
  }

  package func text(style: TextStyle = .plain) -> String {
    var table = TextTable()
    for row in record.cells.isEmpty ? [] : rows { table.add(row) }
    let summary = findings.sentences.map { style.emphasised(style.wrapped($0)) }
    let parts = [
      style.wrapped(heading), summary.joined(separator: "\n"), table.render(width: style.width),
      findings.notes.map(style.wrapped).joined(separator: "\n"),
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  package func page() -> String {
    var page = HTMLPage(
      title: "\(record.topology): detection and false takeovers", tool: record.tool)
    page.add("<p class=\"soft\">\(heading)</p>\n")
    page.add(
      HTMLPage.finding(findings.sentences.joined(separator: " "), notes: findings.notes))
    page.addSection("Frontier", chart)
    page.addSection("Figures", HTMLPage.table(rows))
    return page.markup.source
  }

  private var heading: String {
    "\(record.topology), path \(record.path): how soon a crash is noticed, and how often one that is well is "
      + "taken for dead; kernel \(record.kernel.release) (\(record.kernel.kind.rawValue)), seed "
      + "\(record.seed)" + (record.interrupted ? "; ended before all was measured" : "")
  }

  private var chart: Markup {
    let chart = FrontierChart(record.cells)
    guard !chart.markup.isEmpty else { return "" }
    return HTMLPage.charts([
      HTMLPage.figure(
        "False takeovers an hour against the median time until a crash is noticed, by the interval between the "
          + "daemons' words; simulated where there is a simulation, else measured; none is no more than not one",
        chart.markup, key: HTMLPage.key(chart.key))
    ])
  }

  private var hasSimulated: Bool { record.cells.contains { $0.simulated != nil } }

  private var rows: [[String]] {
    let head = [
      "", "crash noticed after", "longest", "clients cut off", "false takeovers", "an hour",
    ]
    let simulated = ["simulated: noticed after", "false takeovers", "an hour"]
    return [head + (hasSimulated ? simulated : [])]
      + record.cells.map { cell in
        row(cell) + (hasSimulated ? simulatedCells(cell.simulated) : [])
      }
  }

  private func row(_ cell: FrontierCell) -> [String] {
    guard cell.skipped == nil else {
      return [cell.title, FigureText.skipped] + Array(repeating: "", count: 4)
    }
    let figures = cell.measured
    return [
      cell.title, SpanText.fine(figures?.detection?.p50), SpanText.fine(figures?.detection?.max),
      // What is lost anyway would count, too.
      SpanText.fine(cell.impairment.loss > 0 ? nil : figures?.lossOfConnectivity?.p50),
      FrontierReport.count(figures),
      FrontierReport.rate(figures),
    ]
  }

  private func simulatedCells(_ figures: FrontierFigures?) -> [String] {
    [
      SpanText.fine(figures?.detection?.p50), FrontierReport.count(figures),
      FrontierReport.rate(figures),
    ]
  }

  /// `0 in 20.0 s`.
  private static func count(_ figures: FrontierFigures?) -> String {
    guard let rate = figures?.falseTakeovers else { return FigureText.missing }
    return "\(rate.count) in \(FrontierFindings.time(rate.hours))"
  }

  /// `12.0 (8.10-17.2)`; of none what is not ruled out.
  private static func rate(_ figures: FrontierFigures?) -> String {
    guard let rate = figures?.falseTakeovers else { return FigureText.missing }
    let interval = rate.perHourInterval
    guard rate.count > 0 else { return "< \(FigureText.digits(interval.high))" }
    return "\(FigureText.digits(rate.perHour)) "
      + "(\(FigureText.digits(interval.low))-\(FigureText.digits(interval.high)))"
  }
}
