import Packets

/// Runs of misdirected probes as they go on, by server and prober; told of without a message a
/// packet.
struct MisdirectedRuns {
  struct Run {
    fileprivate(set) var first = Timestamp.distantFuture
    fileprivate(set) var last = Timestamp.distantFuture
    fileprivate(set) var count = 0
    fileprivate var told = Timestamp.distantFuture
  }

  private let ports: Int
  private let quiet: TimeSpan
  private var runs: [Run]

  /// A run is over when nothing has followed for `quiet`.
  init(ports: Int, quiet: TimeSpan) {
    self.ports = ports
    self.quiet = quiet
    runs = Array(repeating: Run(), count: ports * ports)
  }

  mutating func record(server: Int, prober: Int, at instant: Timestamp) {
    let index = server * ports + prober
    if runs[index].count == 0 { runs[index].first = instant }
    runs[index].count += 1
    runs[index].last = instant
  }

  /// Calls `tell` for every run that began, went on for another second or ended by `now`.
  mutating func sweep(
    at now: Timestamp,
    tell: (_ run: Run, _ server: Int, _ prober: Int, _ isOver: Bool) -> Void
  ) {
    for index in runs.indices where runs[index].count > 0 {
      let run = runs[index]
      let isOver = now - run.last > quiet
      guard isOver || run.told == .distantFuture || now - run.told >= .seconds(1) else { continue }
      tell(run, index / ports, index % ports, isOver)
      runs[index].told = now
      if isOver { runs[index] = Run() }
    }
  }
}
