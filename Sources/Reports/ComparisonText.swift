package import Measurement
import Packets

/// A run as a table on a terminal: a column a path, a row a figure, and in a sentence what it says.
package struct ComparisonText {
  private let run: RunResult
  private let spans: SpanText

  package init(_ run: RunResult) {
    self.run = run
    spans = SpanText(resolution: run.probeInterval)
  }

  package func render() -> String {
    var blocks = [heading, table, conclusion]
    let skipped = run.paths.compactMap { path in
      path.skipped.map { "\(path.name) was skipped: \($0)" }
    }
    if !skipped.isEmpty { blocks.insert(skipped.joined(separator: "\n"), at: 2) }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  private var heading: String {
    "\(run.topology): a probe every \(run.probeInterval) from every node that does not hold the "
      + "VIP; kernel \(run.kernel.release) (\(run.kernel.kind))"
  }

  private var table: String {
    var table = TextTable()
    table.add([""] + run.paths.map(\.name))
    row(&table, "transitions") { "\($0.summary.transitions)" }
    row(&table, "  stuck") { "\($0.summary.stuck)" }
    if run.paths.contains(where: { $0.summary.void > 0 }) {
      row(&table, "  void") { "\($0.summary.void)" }
    }
    row(&table, "loss of connectivity, median") { spans.text($0.summary.lossOfConnectivity?.p50) }
    row(&table, "  90th percentile") { spans.text($0.summary.lossOfConnectivity?.p90) }
    row(&table, "  longest") { spans.text($0.summary.lossOfConnectivity?.max) }
    row(&table, "  median by lost probes") { path in
      spans.text(Distribution(path.transitions.map(\.lossDerived))?.p50)
    }
    row(&table, "takeover time, median") { path in
      let takeovers = path.transitions.map { $0.takeover ?? .endless }
      let median = Distribution(takeovers)?.p50
      return median == .endless ? "never" : spans.text(median)
    }
    row(&table, "announcement on its way, median") { path in
      SpanText.fine(Distribution(path.transitions.flatMap(\.announcementDelays))?.p50)
    }
    row(&table, "probes sent") { "\($0.summary.probesSent)" }
    row(&table, "  lost") { "\($0.summary.probesLost)" }
    row(&table, "  misdirected") { "\($0.summary.misdirected)" }
    row(&table, "MTU") { "\($0.mtu)" }
    row(&table, "outer UDP checksum") { path in
      path.udpChecksum.map { $0 ? "on" : "off" } ?? "-"
    }
    return table.render()
  }

  private func row(
    _ table: inout TextTable, _ name: String, _ figure: (PathResult) -> String
  ) {
    table.add([name] + run.paths.map { $0.skipped == nil ? figure($0) : "skipped" })
  }
}

/// What the figures say.
extension ComparisonText {
  private var conclusion: String {
    let medians = run.paths.compactMap { path in
      path.summary.lossOfConnectivity.map { (name: path.name, median: $0.p50) }
    }
    return ([comparison(medians)] + stuck).joined(separator: " ")
  }

  private func comparison(_ medians: [(name: String, median: TimeSpan)]) -> String {
    guard let fastest = medians.min(by: { $0.median < $1.median }) else {
      return "No transition was measured."
    }
    if medians.count == 1 {
      return "Only \(fastest.name) was measured: its median loss of connectivity is "
        + "\(spans.text(fastest.median))."
    }
    let others = medians.filter { $0.name != fastest.name }
    let slower = others.filter { $0.median - fastest.median >= run.probeInterval }
    if slower.isEmpty {
      let names = medians.map(\.name).formatted
      return "No path was faster: the median losses of connectivity of \(names) differ by less "
        + "than one probe interval (\(run.probeInterval))."
    }
    let distances = slower.map {
      "\($0.name) by \(spans.text($0.median - fastest.median))"
    }
    return "\(fastest.name) was faster than \(distances.formatted), by the median loss of "
      + "connectivity."
  }

  private var stuck: [String] {
    run.paths.filter { $0.summary.stuck > 0 }.map {
      "On \($0.name) \($0.summary.stuck) of \($0.summary.transitions) transitions were stuck."
    }
  }
}

extension TimeSpan {
  /// Stands in a distribution for what did not come about.
  fileprivate static let endless = TimeSpan(nanoseconds: .max)
}

extension TransitionResult {
  /// How long the first announcement took to each prober.
  fileprivate var announcementDelays: [TimeSpan] {
    guard let announced else { return [] }
    return probers.compactMap { $0.announcementSeen.map { $0 - announced } }
  }
}

extension [String] {
  /// `a, b and c`.
  fileprivate var formatted: String {
    guard count > 1, let last else { return first ?? "" }
    return dropLast().joined(separator: ", ") + " and " + last
  }
}
