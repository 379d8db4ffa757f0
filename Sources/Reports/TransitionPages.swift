import Measurement
import Packets
import Records

/// Every transition as a strip, the stuck ones first, then those that cut clients off longest.
struct TransitionPages {
  private let exhibit: Exhibit
  private let nodes: [String: Int]
  private let names: [String]
  /// Rows of probers a strip may have, so that the page of a long run stays small.
  private let rows: Int

  private struct Entry {
    let column: Column
    let transition: TransitionRecord
  }

  private static let mostRows = 6_000
  /// Shown without being asked for, beside those that were stuck.
  private static let shownFirst = 12
  private static let mostEvidence = 12

  init(_ exhibit: Exhibit) {
    self.exhibit = exhibit
    var names: [String] = []
    for transition in exhibit.columns.flatMap(\.path.transitions) {
      for name in [transition.from, transition.to] where !names.contains(name) {
        names.append(name)
      }
    }
    self.names = names
    nodes = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let count = exhibit.columns.reduce(0) { $0 + $1.path.transitions.count }
    rows = max(1, TransitionPages.mostRows / max(1, count))
  }

  var markup: Markup {
    let entries = exhibit.columns.flatMap { column in
      column.path.transitions.map { Entry(column: column, transition: $0) }
    }
    guard !entries.isEmpty else { return "" }
    let sorted = entries.enumerated().sorted {
      (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
    }.map(\.element)
    let stuck = sorted.count { $0.transition.verdict == .stuck }
    let first = min(sorted.count, max(stuck, TransitionPages.shownFirst))
    var markup: Markup = key + strips(sorted[..<first])
    if first < sorted.count {
      markup += "<details><summary>\(sorted.count - first) more</summary>"
      markup += strips(sorted[first...]) + "</details>"
    }
    return markup
  }

  /// The worst first.
  private func rank(_ entry: Entry) -> Int64 {
    let loss = entry.transition.lossOfConnectivity.nanoseconds
    return entry.transition.verdict == .stuck ? Int64.min / 2 - loss : -loss
  }

  private var key: Markup {
    let items =
      names.map { ("s\((nodes[$0] ?? 0) % SeriesColour.count)", "answered by \($0)") }
      + [("x", "lost"), ("y", "at a server without the VIP, lost")]
    let colours = items.map { item -> Markup in "<span><i class=\"\(item.0)\"></i>\(item.1)</span>"
    }
    return "<p class=\"soft\">A row a prober, from left to right in time, 0 being the scheduled "
      + "instant (dotted line). Solid lines: the new holder has the address, and, red, the old one "
      + "no longer has it. Dashed line: the first announcement; a triangle: it has reached the "
      + "prober.</p><div class=\"key\">\(colours.joined())</div>"
  }

  private func strips(_ entries: ArraySlice<Entry>) -> Markup {
    "<div class=\"charts\">" + entries.map(strip).joined(separator: "\n") + "</div>"
  }

  private func strip(_ entry: Entry) -> Markup {
    let transition = entry.transition
    let isStuck = transition.verdict == .stuck
    let verdict: Markup =
      isStuck ? "<span class=\"bad\">stuck</span>" : "\(transition.verdict.rawValue)"
    let chart = StripChart(
      transition, interval: entry.column.run.probeInterval, nodes: nodes, most: rows)
    let move =
      "\(entry.column.title) #\(transition.index): \(transition.from) to \(transition.to.isEmpty ? "nobody" : transition.to), \(transition.scheduled.dayAndTime)"
    let loss = entry.column.spans.text(transition.lossOfConnectivity)
    let figure = transition.voidReason.map { ": \($0)" } ?? ", loss of connectivity \(loss)"
    return
      "<figure><figcaption>\(move), \(verdict)\(figure)</figcaption>"
      + chart.markup + causes(of: transition) + (isStuck ? evidence(of: transition) : "")
      + "</figure>"
  }

  /// Why each prober was cut off.
  private func causes(of transition: TransitionRecord) -> Markup {
    transition.probers.compactMap { prober in
      prober.cause.map { cause -> Markup in
        let text = "\(prober.node): \(cause.rawValue). \(prober.explanation ?? "")"
        return "<p class=\"soft\">\(text)</p>"
      }
    }.prefix(rows).joined()
  }

  /// What was observed.
  private func evidence(of transition: TransitionRecord) -> Markup {
    let items = transition.probers.flatMap { prober in
      prober.evidence.map { (at: $0.at, text: "\(prober.node): \($0.event)") }
    }.sorted { $0.at < $1.at }
    guard !items.isEmpty else { return "" }
    let shown = items.prefix(TransitionPages.mostEvidence).map { item -> Markup in
      let at = SpanText.fine(item.at - transition.scheduled)
      return "<li>\(at) \(item.text)</li>"
    }
    let more = items.count - shown.count
    let rest: Markup = more > 0 ? "<li>and \(more) more</li>" : ""
    return "<ul>\(shown.joined())\(rest)</ul>"
  }
}
