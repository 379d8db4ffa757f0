package import Packets
package import TopologyModel

/// One move of the VIP and what every prober saw of it.
package struct TransitionRecord: Codable, Hashable, Sendable {
  /// Counts from 0 within a path.
  package var index: Int
  /// What it began with; `null` in files of a version that knew schedules only.
  @Nullable package var disturbance: Disturbance.Kind?
  /// Empty where it is not known.
  package var from: String
  package var to: String
  /// The instant of that: the one that the schedule named.
  package var scheduled: Timestamp
  /// When the new holder had the address.
  @Nullable package var addressAdded: Timestamp?
  /// When the old holder no longer had it.
  @Nullable package var addressRemoved: Timestamp?
  /// When the new holder sent its first announcement.
  @Nullable package var announced: Timestamp?
  /// Why it says nothing of the path; `null` where it does.
  @Nullable package var voidReason: String?
  /// What was broken, or is whole again; `null` where nothing was.
  @Nullable package var fault: FaultName?
  /// From a fault to the instant at which another server had the VIP; `null` elsewhere.
  @Nullable package var detection: TimeSpan?
  /// From then until each prober that was answered was answered by it; `null` where nothing broke.
  @Nullable package var move: TimeSpan?
  /// Of a fault, and of its end: for how long more than one server had the VIP, and none.
  @Nullable package var heldByTwo: TimeSpan?
  @Nullable package var heldByNone: TimeSpan?
  package var probers: [ProberRecord]

  package init(
    index: Int, disturbance: Disturbance.Kind = .scheduled, from: String, to: String,
    scheduled: Timestamp, addressAdded: Timestamp?, addressRemoved: Timestamp?,
    announced: Timestamp?, voidReason: String? = nil, probers: [ProberRecord]
  ) {
    self.index = index
    self.disturbance = disturbance
    self.voidReason = voidReason
    self.from = from
    self.to = to
    self.scheduled = scheduled
    self.probers = probers
    self.addressAdded = addressAdded
    self.addressRemoved = addressRemoved
    self.announced = announced
  }

  /// The longest that any prober was cut off.
  package var lossOfConnectivity: TimeSpan {
    probers.map(\.lossOfConnectivity).max() ?? .zero
  }

  /// The most that any prober lost, times the interval.
  package var lossDerived: TimeSpan { probers.map(\.lossDerived).max() ?? .zero }

  /// The longest that the first probe of any prober took to the new holder; `nil` when one never
  /// got there. The old holder, which does not probe before it has given the VIP up, counts only where
  /// it is alone.
  package var takeover: BoundedSpan? {
    let others = probers.filter { $0.node != from }
    let spans = (others.isEmpty ? probers : others).map(\.boundedTakeover)
    return spans.contains(nil) ? nil : spans.compactMap(\.self).max { $0.most < $1.most }
  }

  /// The worst of the probers' verdicts; one that nobody probed is void.
  package var verdict: Verdict {
    let verdicts = probers.map(\.verdict)
    if voidReason != nil || verdicts.isEmpty || verdicts.contains(.void) { return .void }
    return verdicts.contains(.stuck) ? .stuck : .good
  }

  /// When the new holder was known to the segment, or should have been.
  var claimed: Timestamp { announced ?? addressAdded ?? scheduled }

  /// How long the announcement took to each prober, or to the router before it, that saw it.
  package var announcementDelays: [BoundedSpan] {
    guard let announced else { return [] }
    return probers.compactMap { prober in
      prober.announcementSeen.map {
        BoundedSpan($0 - announced, bound: prober.clockBound ?? .zero)
      }
    }
  }

  /// Whether it was stuck, or a cause is given for what it cost some prober.
  package var isSlow: Bool {
    verdict == .stuck || probers.contains { $0.cause != nil }
  }

  private enum CodingKeys: String, CodingKey {
    case index, disturbance, from, to, probers, fault
    case detection = "detection_ns"
    case move = "move_ns"
    case heldByTwo = "held_by_two_ns"
    case heldByNone = "held_by_none_ns"
    case voidReason = "void_reason"
    case scheduled = "scheduled_ns"
    case addressAdded = "address_added_ns"
    case addressRemoved = "address_removed_ns"
    case announced = "announced_ns"
  }
}

extension [TransitionRecord] {
  /// Those that say how long a move cuts clients off: neither void, nor the end of a fault.
  package var outages: [TransitionRecord] {
    filter { $0.verdict != .void && $0.disturbance != .recovery }
  }
}

package enum Verdict: String, Codable, CaseIterable, Sendable {
  case good
  /// Probes went on missing past `stuckAfter` after the new holder's first announcement.
  case stuck
  /// The measurement cannot be trusted, as when the clock was set meanwhile.
  case void
}

/// What one prober saw of one transition.
package struct ProberRecord: Codable, Hashable, Sendable {
  package var node: String
  /// The node whose neighbour entry decides where its packets go, where that is a router before it.
  @Nullable package var decider: String?
  /// Timestamp-based (RFC 6412): the time without answers, by the probes' own timestamps.
  package var lossOfConnectivity: TimeSpan
  /// Loss-derived (RFC 6412): lost probes times the probe interval.
  package var lossDerived: TimeSpan
  package var probesSent: Int
  package var probesLost: Int
  /// Of the lost ones, those that came in at a server that did not hold the VIP.
  package var misdirected: Int
  package var duplicates: Int
  /// When the new holder's first answer came.
  @Nullable package var firstReply: Timestamp?
  /// From the scheduled instant to this prober's first probe at the new holder.
  @Nullable package var takeover: TimeSpan?
  /// When the new holder's first announcement reached it, or the router before it.
  @Nullable package var announcementSeen: Timestamp?
  /// What its neighbour entry, or that of the router before it, made of that announcement.
  @Nullable package var announcement: AnnouncementResponse?
  package var verdict: Verdict
  /// Why it was slow; `null` when it was not.
  @Nullable package var cause: Cause?
  /// What proves the cause, in a sentence.
  @Nullable package var explanation: String?
  /// Where that node's kernel was left to find the new holder by itself: how long that takes.
  @Nullable package var predictedRecovery: NeighbourRecovery?
  /// By how much its clock and the new holder's, as they are known, may be apart; `null` where they
  /// are one.
  @Nullable package var clockBound: TimeSpan?
  package var evidence: [Evidence]
  /// What became of its probes, in the order of sending; where they are too many, the first ones.
  @Nullable package var probes: [ProbeRun]?

  /// `nil` where no probe of it ever got to the new holder.
  fileprivate var boundedTakeover: BoundedSpan? {
    if let takeover { return BoundedSpan(takeover) }
    // It was left out for being shorter than the bound.
    return firstReply == nil ? nil : clockBound.map { BoundedSpan(.zero, bound: $0) }
  }

  /// `name` names a node by its index.
  package init(
    node: String, decider: String? = nil, window: ProberWindow, interval: TimeSpan,
    scheduled: Timestamp,
    verdict: Verdict, evidence: [Evidence], finding: CauseFinding? = nil,
    announcement: AnnouncementResponse? = nil,
    name: (NodeID) -> String
  ) {
    self.node = node
    self.decider = decider
    lossOfConnectivity = window.lossOfConnectivity
    lossDerived = window.lost * interval
    probesSent = window.sent
    probesLost = window.lost
    misdirected = window.misdirected
    duplicates = window.duplicates
    self.verdict = verdict
    self.evidence = evidence
    firstReply = window.firstReply
    takeover = window.firstArrival.map { $0 - scheduled }
    announcementSeen = window.announcementSeen
    self.announcement = announcement
    cause = finding?.cause
    explanation = finding?.explanation
    predictedRecovery = finding?.recovery
    probes = window.runs.map { ProbeRun($0, name: name) }
  }

  private enum CodingKeys: String, CodingKey {
    case node, decider, misdirected, duplicates, announcement, verdict, cause, explanation, evidence
    case probes
    case lossOfConnectivity = "loss_of_connectivity_ns"
    case lossDerived = "loss_derived_ns"
    case probesSent = "probes_sent"
    case probesLost = "probes_lost"
    case firstReply = "first_reply_ns"
    case takeover = "takeover_ns"
    case announcementSeen = "announcement_seen_ns"
    case predictedRecovery = "predicted_recovery_ns"
    case clockBound = "clock_bound_ns"
  }
}

/// Something that was observed and bears on a transition.
package struct Evidence: Codable, Hashable, Sendable {
  package var at: Timestamp
  package var event: String

  package init(at: Timestamp, event: String) {
    self.at = at
    self.event = event
  }

  private enum CodingKeys: String, CodingKey {
    case at = "at_ns"
    case event
  }
}
