package import Packets

/// Measures how long a prober was cut off, from its probes in the order of their sending. A run of
/// lost probes is a hole; by its timestamps it lasts from the last answered probe before it to the
/// first answered one after it, less one interval (the timestamp-based method of RFC 6412).
package struct LossTracker: Sendable {
  private let interval: TimeSpan
  /// When the probe before the hole, or before the next one, was sent.
  private var reference: Timestamp?
  private var hole: Hole?

  private struct Hole {
    var firstLost: Timestamp
    var lastLost: Timestamp
  }

  package init(interval: TimeSpan) {
    self.interval = interval
  }

  /// The length of the hole that `run` ends, if it ends one. A hole that was open when the prober
  /// paused is forgotten.
  package mutating func record(_ run: OutcomeRun) -> TimeSpan? {
    if run.isResuming {
      hole = nil
      reference = nil
    }
    guard run.answered != nil else {
      hole = Hole(firstLost: hole?.firstLost ?? run.first, lastLost: run.last)
      return nil
    }
    defer {
      hole = nil
      reference = run.last
    }
    return hole.map { length(of: $0, until: run.first) }
  }

  /// Ends the hole that is open, if one is, so that what follows counts for another transition;
  /// its length so far.
  package mutating func cut() -> TimeSpan? {
    guard let open = hole else { return nil }
    hole = nil
    defer { reference = open.lastLost }
    return length(of: open, until: open.lastLost + interval)
  }

  /// Whether the latest probe was lost.
  package var isOpen: Bool { hole != nil }

  /// Whether probes sent before and after `instant` were lost without an answer in between.
  package func isOpen(across instant: Timestamp) -> Bool {
    hole.map { $0.firstLost <= instant && instant < $0.lastLost } ?? false
  }

  private func length(of hole: Hole, until answered: Timestamp) -> TimeSpan {
    let missing = answered - (reference.map { $0 + interval } ?? hole.firstLost)
    return max(interval, missing)
  }
}
