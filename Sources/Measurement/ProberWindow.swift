package import Packets
package import TopologyModel

/// What one prober saw of one transition, folded run by run.
package struct ProberWindow: Sendable {
  /// The node that is to answer from now on; `nil` when nobody took the VIP.
  package let newHolder: NodeID?
  package private(set) var sent = 0
  package private(set) var lost = 0
  package private(set) var lossOfConnectivity = TimeSpan.zero
  package private(set) var firstReply: Timestamp?
  package private(set) var isStuck = false

  package var duplicates = 0
  /// When its first probe came in at the new holder.
  package var firstArrival: Timestamp?
  package var announcementSeen: Timestamp?
  /// When somebody on the path heard of the new holder: its announcements, and its answers to who asked.
  package var heard: [Timestamp] = []
  /// Of its lost probes, the latest that came in at a server without the VIP.
  package var lastMisdirected: (server: NodeID, destination: MACAddress, at: Timestamp)?
  /// When the new holder took the VIP.
  package var taken: Timestamp?
  /// An answer to a probe sent before it is none of the new holder.
  package var since = Timestamp(nanoseconds: 0)
  /// After it a transition that still misses is stuck.
  package var stuckDeadline = Timestamp.distantFuture
  /// The prober's neighbour entry, from the one that stood at the beginning on.
  package var entries: [NeighbourView] = []
  /// When it was made to ping the new holder's own address.
  package var healed: Timestamp?

  /// A time in which no probe was sent.
  package struct Gap: Hashable, Sendable {
    package var from: Timestamp
    package var to: Timestamp

    package var length: TimeSpan { to - from }
  }

  /// The longest in the window.
  package var sendingGap: Gap?

  /// Of the lost ones: came in at a server without the VIP; at the holder, which did not answer;
  /// answered by it.
  package private(set) var lostMisdirected = 0
  package private(set) var lostReached = 0
  package private(set) var lostReflected = 0
  /// Answered, but later than counts as served.
  package private(set) var lostLate = 0
  /// Of the lost ones, all that came in at a server without the VIP, wherever else they did.
  package private(set) var misdirected = 0
  /// The latest of its probes, where they were answered and no answer came.
  private(set) var unheard: (first: Timestamp, count: Int)?
  /// Answered by another than the new holder after `taken`.
  package private(set) var answeredByOther = 0

  /// What became of its probes, in the order of sending.
  private(set) var runs: [OutcomeRun] = []
  private var areRunsCut = false

  /// Runs are kept up to this many; what comes after them is in the counts only.
  private static let mostRuns = 512

  package init(newHolder: NodeID?) { self.newHolder = newHolder }

  /// Whether not one probe was answered.
  package var isAllLost: Bool { sent > 0 && lost == sent }

  package mutating func record(_ run: OutcomeRun, tracker: inout LossTracker) {
    sent += run.count
    extendRuns(run)
    if run.answered == nil, run.wasReflected, !run.isLate {
      unheard = (unheard?.first ?? run.first, run.count + (unheard?.count ?? 0))
    } else {
      unheard = nil
    }
    if let hole = tracker.record(run) { lossOfConnectivity += hole }
    if let answered = run.answered {
      if run.reflector == newHolder {
        if run.first >= since { firstReply = firstReply ?? answered }
      } else if let taken {
        answeredByOther += run.count(after: taken)
      }
    } else {
      lost += run.count
      countLost(run)
      isStuck = isStuck || tracker.isOpen(across: stuckDeadline)
    }
  }

  private mutating func countLost(_ run: OutcomeRun) {
    if run.misdirectedTo != nil { misdirected += run.count }
    if run.isLate {
      // A connection is asked for again, and may reach the holder late when it first went astray.
      if run.misdirectedTo == nil { lostLate += run.count } else { lostMisdirected += run.count }
    } else if run.wasReflected {
      lostReflected += run.count
    } else if run.hasReachedHolder {
      lostReached += run.count
    } else if run.misdirectedTo != nil {
      lostMisdirected += run.count
    }
  }

  /// Whether probes before that time and after it were lost, and none between them was answered.
  func isMissed(from since: Timestamp, to instant: Timestamp) -> Bool {
    misses.contains { $0.first < since && instant < $0.last }
  }

  /// The outage is as long as is known without so much of it.
  mutating func leaveOut(_ span: TimeSpan) {
    lossOfConnectivity = max(.zero, lossOfConnectivity - span)
  }

  /// The runs of probes that nobody answered.
  var misses: [OutcomeRun] { runs.filter { $0.answered == nil } }

  private mutating func extendRuns(_ run: OutcomeRun) {
    guard !areRunsCut else { return }
    if let last = runs.indices.last, runs[last].outcome == run.outcome {
      runs[last].last = run.last
      runs[last].count += run.count
    } else if runs.count < ProberWindow.mostRuns {
      runs.append(run)
    } else {
      areRunsCut = true
    }
  }

  /// The window ends: a hole that is still open counts up to here.
  package mutating func close(tracker: inout LossTracker) {
    if let hole = tracker.cut() { lossOfConnectivity += hole }
  }
}
