package import Packets
package import TopologyModel

/// Runs of misdirected probes as they go on, by server and prober; told of without a message a
/// packet.
package struct MisdirectedRuns {
  package struct Pair: Hashable, Sendable {
    package var server: NodeID
    package var prober: NodeID
  }

  package struct Run: Sendable {
    package fileprivate(set) var first: Timestamp
    package fileprivate(set) var last: Timestamp
    package fileprivate(set) var count: Int
    fileprivate var told: Timestamp?
  }

  private let quiet: TimeSpan
  private var runs: [Pair: Run] = [:]

  /// A run is over when nothing has followed for `quiet`.
  package init(quiet: TimeSpan) { self.quiet = quiet }

  package mutating func record(
    at server: NodeID, from prober: NodeID, first: Timestamp, last: Timestamp, count: Int
  ) {
    let pair = Pair(server: server, prober: prober)
    var run = runs[pair] ?? Run(first: first, last: last, count: 0, told: nil)
    run.last = max(run.last, last)
    run.count += count
    runs[pair] = run
  }

  /// Calls `tell` for every run that began, went on for another second or ended by `now`.
  package mutating func sweep(
    at now: Timestamp, tell: (_ run: Run, _ pair: Pair, _ isOver: Bool) -> Void
  ) {
    for (pair, run) in runs.sorted(by: { $0.value.first < $1.value.first }) {
      let isOver = now - run.last > quiet
      guard isOver || run.told.map({ now - $0 >= .seconds(1) }) ?? true else { continue }
      tell(run, pair, isOver)
      runs[pair]?.told = now
      if isOver { runs[pair] = nil }
    }
  }
}
