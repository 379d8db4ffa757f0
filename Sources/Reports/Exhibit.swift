import Packets
package import Records
import TopologyModel

/// What a report shows: one run, or several side by side.
package struct Exhibit: Sendable {
  package struct Run: Sendable {
    /// Where it came from, as its file; the topology's name for a run just made.
    package let title: String
    package let result: RunRecord

    package init(title: String, result: RunRecord) {
      self.title = title
      self.result = result
    }
  }

  package let runs: [Run]
  /// Every path of every run; the same path of several runs stands together.
  let columns: [Column]

  package init(_ runs: [Run]) {
    self.runs = runs
    var names: [String] = []
    for path in runs.flatMap(\.result.paths) where !names.contains(path.name) {
      names.append(path.name)
    }
    columns = names.flatMap { name in
      runs.enumerated().flatMap { number, run in
        run.result.paths.filter { $0.name == name }.map { path in
          Column(
            title: runs.count == 1 ? path.name : "\(path.name) (\(number + 1))", run: run.result,
            path: path)
        }
      }
    }
  }

  package init(_ result: RunRecord) {
    self.init([Run(title: result.topology, result: result)])
  }

  var isSingle: Bool { runs.count == 1 }

  /// What each run is called among the others: nothing where it is alone, otherwise `(2) `.
  var labels: [String] { runs.indices.map { isSingle ? "" : "(\($0 + 1)) " } }

  /// What each run says, with its label.
  var findings: [(notes: [String], summary: String)] {
    zip(labels, runs).map { label, run in
      let findings = Findings.all(of: run.result)
      return (
        (findings.flatMap(\.voids) + findings.flatMap(\.causes) + findings.flatMap(\.gaps)).map {
          label + $0
        },
        label + findings.flatMap(\.sentences).joined(separator: " ")
      )
    }
  }

  /// What each run is, with its label.
  var headings: [String] {
    zip(labels, runs).map { label, run in
      let date = run.result.conditions.map { ", \($0.started.date)" } ?? ""
      return isSingle
        ? run.result.heading : "\(label)\(run.title)\(date): \(run.result.heading)"
    }
  }
}

/// A path of a run, side by side with others.
struct Column: Sendable {
  let title: String
  let run: RunRecord
  let path: PathRecord
  let spans: SpanText

  init(title: String, run: RunRecord, path: PathRecord) {
    self.title = title
    self.run = run
    self.path = path
    spans = SpanText(resolution: run.probeInterval)
  }
}

extension Column {
  /// The clients of the runs, where a run has several: each may fare differently.
  static func clients(of columns: [Column]) -> [String] {
    var clients: [String] = []
    for column in columns {
      let nodes = column.run.conditions?.nodes ?? []
      let names = nodes.filter { $0.role == .client }.map(\.name)
      if names.count > 1 { clients += names.filter { !clients.contains($0) } }
    }
    return clients
  }
}

extension RunRecord {
  /// `two-node: a probe every 1ms …`, the first line of a report.
  var heading: String {
    let isCut = interrupted == true ? "; ended before all was measured" : ""
    if let watch = paths.first?.watch {
      return "watched from \(watch.host): \(watch.probe), every \(watch.every); kernel "
        + kernel.release + (duration.map { "; for \($0)" } ?? "")
    }
    return
      "\(topology): \(conditions?.probe?.article ?? "a probe") every \(probeInterval) from every node that does not hold the VIP; "
      + "kernel \(kernel.release) (\(kernel.kind.rawValue))\(isCut)"
  }

  /// In whole seconds.
  private var duration: String? {
    conditions.map { "\(($0.duration.nanoseconds + 500_000_000) / 1_000_000_000) s" }
  }
}

extension ProbeKind {
  /// `an HTTP probe`; STAMP goes without saying.
  package var article: String {
    switch self {
    case .stamp: "a probe"
    case .icmp: "an ICMP probe"
    case .tcp: "a TCP probe"
    case .http: "an HTTP probe"
    }
  }
}
