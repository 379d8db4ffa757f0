package import Packets
package import TopologyModel

/// Consecutive probes of one prober with the same outcome, judged by what all nodes saw of them.
package struct OutcomeRun: Hashable, Sendable {
  /// When the first and the last of them were sent.
  package var first: Timestamp
  package var last: Timestamp
  package var count: Int
  /// When the answer to the first of them came; `nil` when they got none.
  package var answered: Timestamp?
  /// The node that answered.
  package var reflector: NodeID
  /// The server they reached that did not hold the VIP, if they did.
  package var misdirectedTo: NodeID?
  /// Whether they came in at the holder, and whether the holder answered them.
  package var hasReachedHolder = false
  package var wasReflected = false
  /// Whether they were answered later than counts as served.
  package var isLate = false
  /// Whether the first of them is the first one after the prober paused.
  package var isResuming: Bool

  package init(
    first: Timestamp, last: Timestamp, count: Int, answered: Timestamp?, reflector: NodeID,
    misdirectedTo: NodeID? = nil, isResuming: Bool = false
  ) {
    self.first = first
    self.last = last
    self.count = count
    self.answered = answered
    self.reflector = reflector
    self.misdirectedTo = misdirectedTo
    self.isResuming = isResuming
  }

  /// Of one probe.
  package init(
    sent: Timestamp, answered: Timestamp?, reflector: NodeID, misdirectedTo: NodeID? = nil,
    isResuming: Bool = false
  ) {
    self.init(
      first: sent, last: sent, count: 1, answered: answered, reflector: reflector,
      misdirectedTo: misdirectedTo, isResuming: isResuming)
  }

  package var outcome: ProbeOutcome {
    if answered != nil { return .answered(by: reflector) }
    return misdirectedTo.map { .misdirected(to: $0) } ?? .lost
  }

  /// How many were sent after `instant`.
  func count(after instant: Timestamp) -> Int {
    guard instant >= first else { return count }
    guard instant < last, count > 1 else { return 0 }
    let span = Double((last - first).nanoseconds)
    let steps = Double((instant - first).nanoseconds) / span * Double(count - 1)
    return count - 1 - Int(steps.rounded(.down))
  }
}

/// What became of a probe.
package enum ProbeOutcome: Hashable, Sendable {
  case answered(by: NodeID)
  /// Came in at a server that did not hold the VIP, and was not answered.
  case misdirected(to: NodeID)
  case lost
}

/// The same with names, as a record keeps it: what a strip chart is drawn from.
package struct ProbeRun: Codable, Hashable, Sendable {
  /// When the first and the last of them were sent.
  package var first: Timestamp
  package var last: Timestamp
  package var count: Int
  /// The node that answered; `null` when none did.
  @Nullable package var answeredBy: String?
  /// The server they reached that did not hold the VIP.
  @Nullable package var misdirectedTo: String?

  package init(
    first: Timestamp, last: Timestamp, count: Int, answeredBy: String?, misdirectedTo: String?
  ) {
    self.first = first
    self.last = last
    self.count = count
    self.answeredBy = answeredBy
    self.misdirectedTo = misdirectedTo
  }

  init(_ run: OutcomeRun, name: (NodeID) -> String) {
    self.init(
      first: run.first, last: run.last, count: run.count, answeredBy: nil, misdirectedTo: nil)
    switch run.outcome {
    case .answered(let node): answeredBy = name(node)
    case .misdirected(let node): misdirectedTo = name(node)
    case .lost: break
    }
  }

  private enum CodingKeys: String, CodingKey {
    case count
    case first = "first_ns"
    case last = "last_ns"
    case answeredBy = "answered_by"
    case misdirectedTo = "misdirected_to"
  }
}
