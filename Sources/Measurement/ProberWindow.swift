package import Packets

/// What one prober saw of one transition, folded probe by probe.
package struct ProberWindow: Sendable {
  /// The index of the node that is to answer from now on.
  package let newHolder: UInt16
  package private(set) var sent = 0
  package private(set) var lost = 0
  package private(set) var duplicates = 0
  package private(set) var lossOfConnectivity = TimeSpan.zero
  package private(set) var firstReply: Timestamp?
  package private(set) var firstArrival: Timestamp?
  package private(set) var announcementSeen: Timestamp?
  package private(set) var isStuck = false
  package private(set) var misdirected = 0
  package private(set) var lastMisdirected:
    (server: UInt16, destination: MACAddress, at: Timestamp)?
  /// When the new holder took the VIP.
  package var taken: Timestamp?
  /// After it a transition that still misses is stuck; set when the new holder announces itself.
  package var stuckDeadline = Timestamp.distantFuture

  /// Of the lost ones: captured at a server without the VIP; at the holder, which did not answer;
  /// answered by it.
  package private(set) var lostMisdirected = 0
  package private(set) var lostReached = 0
  package private(set) var lostReflected = 0
  /// Answered by another than the new holder after `taken`.
  package private(set) var answeredByOther = 0
  /// The prober's neighbour entry, from the one that stood at the beginning on.
  package private(set) var entries: [NeighbourView] = []

  /// When it was made to ping the new holder's own address.
  package private(set) var healed: Timestamp?

  /// What became of its probes, in the order of sending.
  private(set) var runs: [FateRun] = []
  private var areRunsCut = false

  /// Runs are kept up to this many; what comes after them is in the counts only.
  private static let mostRuns = 512

  package init(newHolder: UInt16) {
    self.newHolder = newHolder
    runs.reserveCapacity(8)
  }

  package mutating func record(_ outcome: ProbeOutcome, tracker: inout LossTracker) {
    sent += 1
    extendRuns(outcome)
    if let hole = tracker.record(outcome) { lossOfConnectivity = lossOfConnectivity + hole }
    if let answered = outcome.answered {
      if outcome.reflector == newHolder {
        firstReply = firstReply ?? answered
      } else if let taken, outcome.sent > taken {
        answeredByOther += 1
      }
    } else {
      lost += 1
      countLost(outcome)
      isStuck = isStuck || tracker.isOpen(across: stuckDeadline)
    }
  }

  private mutating func countLost(_ outcome: ProbeOutcome) {
    if outcome.wasReflected {
      lostReflected += 1
    } else if outcome.hasReachedHolder {
      lostReached += 1
    } else if outcome.misdirectedTo != nil {
      lostMisdirected += 1
    }
  }

  /// The runs of probes that nobody answered.
  var misses: [FateRun] {
    runs.filter { run in
      if case .answered = run.fate { return false }
      return true
    }
  }

  private mutating func extendRuns(_ outcome: ProbeOutcome) {
    guard !areRunsCut else { return }
    let fate = outcome.fate
    if let last = runs.indices.last, runs[last].fate == fate {
      runs[last].last = outcome.sent
      runs[last].count += 1
    } else if runs.count < ProberWindow.mostRuns {
      runs.append(FateRun(fate: fate, first: outcome.sent, last: outcome.sent, count: 1))
    } else {
      areRunsCut = true
    }
  }

  /// The window ends: a hole that is still open counts up to here.
  package mutating func close(tracker: inout LossTracker) {
    if let hole = tracker.cut() { lossOfConnectivity = lossOfConnectivity + hole }
  }

  package mutating func recordDuplicate() { duplicates += 1 }

  /// A probe reached `server`, which does not hold the VIP.
  package mutating func recordMisdirected(
    at server: UInt16, destination: MACAddress, instant: Timestamp
  ) {
    misdirected += 1
    lastMisdirected = (server, destination, instant)
  }

  /// A probe reached the new holder.
  package mutating func recordArrival(at instant: Timestamp) {
    if firstArrival == nil { firstArrival = instant }
  }

  package mutating func recordEntry(_ entry: NeighbourView) { entries.append(entry) }

  package mutating func recordHealing(at instant: Timestamp) { healed = instant }

  package mutating func recordAnnouncement(seen instant: Timestamp) {
    if announcementSeen == nil { announcementSeen = instant }
  }
}
