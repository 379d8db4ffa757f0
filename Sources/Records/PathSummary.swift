package import Measurement
package import Packets

/// A path's transitions in figures. A transition counts with the prober that was cut off longest;
/// void ones are left out of the distribution.
package struct PathSummary: Codable, Sendable {
  package var transitions: Int
  package var stuck: Int
  package var void: Int
  /// `null` when no transition counts.
  @Nullable package var lossOfConnectivity: Distribution?
  package var probesSent: Int
  package var probesLost: Int
  package var misdirected: Int
  /// Of the median loss of connectivity.
  @Nullable package var p50Interval: ConfidenceInterval?
  /// By how much the median loss of connectivity is above the native path's.
  @Nullable package var p50MinusNative: TimeSpan?
  @Nullable package var p50MinusNativeInterval: ConfidenceInterval?
  /// Of the transitions that count, the median of the times until the new holder was reached;
  /// `null` where it never was in half of them.
  @Nullable package var takeover: TimeSpan?
  /// The median time that the first announcement took to those that saw it.
  @Nullable package var announcementDelay: TimeSpan?
  /// Of faults: how long it took until another server had the VIP, and from then until clients were
  /// answered by it; for how long more than one server had it, and none.
  @Nullable package var detection: Distribution?
  @Nullable package var move: Distribution?
  @Nullable package var heldByTwo: Distribution?
  @Nullable package var heldByNone: Distribution?
  /// How long clients were cut off as what was broken was whole again, which is left out of the loss of
  /// connectivity.
  @Nullable package var recoveryLoss: Distribution?
  /// What neighbour entries younger than a second, and older ones, made of announcements.
  @Nullable package var heededYoung: HeededShare?
  @Nullable package var heededOld: HeededShare?

  /// What came when the next announcement had been sent, `announceEvery` after the first, was not the
  /// first.
  /// Of what is only watched every probe counts, whatever became of the transition.
  package init(
    _ results: [TransitionRecord], announceEvery: TimeSpan? = nil, isWatched: Bool = false
  ) {
    let counted = results.filter { $0.verdict != .void }
    let probers = (isWatched ? results : counted).flatMap(\.probers)
    transitions = results.count
    stuck = results.count { $0.verdict == .stuck }
    void = results.count { $0.verdict == .void }
    probesSent = probers.reduce(0) { $0 + $1.probesSent }
    probesLost = probers.reduce(0) { $0 + $1.probesLost }
    misdirected = probers.reduce(0) { $0 + $1.misdirected }
    let (recoveries, others) = (
      counted.filter { $0.disturbance == .recovery }, results.outages
    )
    let faults = counted.filter { $0.disturbance == .fault }
    lossOfConnectivity = Distribution(others.map(\.lossOfConnectivity))
    recoveryLoss = Distribution(recoveries.map(\.lossOfConnectivity))
    detection = Distribution(faults.compactMap(\.detection))
    move = Distribution(faults.compactMap(\.move))
    heldByTwo = Distribution(faults.compactMap(\.heldByTwo))
    heldByNone = Distribution(faults.compactMap(\.heldByNone))
    // What stayed where it was had nothing to be taken over.
    let median = others.filter { $0.from != $0.to || $0.from.isEmpty }
      .map { $0.takeover ?? BoundedSpan(.endless) }.median
    takeover = median == .endless ? nil : median
    announcementDelay =
      counted.flatMap(\.announcementDelays).filter { $0.span < announceEvery ?? .endless }.median
    // Of every node whose neighbour entry decides once.
    let responses = counted.flatMap { transition in
      Dictionary(grouping: transition.probers) { $0.decider ?? $0.node }.values
        .compactMap { $0.first?.announcement }
    }
    heededYoung = HeededShare(responses.filter { $0.entryAge < .seconds(1) })
    heededOld = HeededShare(responses.filter { $0.entryAge >= .seconds(1) })
  }

  private enum CodingKeys: String, CodingKey {
    case transitions, stuck, void, misdirected
    case lossOfConnectivity = "loss_of_connectivity_ns"
    case probesSent = "probes_sent"
    case probesLost = "probes_lost"
    case p50Interval = "loss_of_connectivity_p50_ci95_ns"
    case p50MinusNative = "p50_minus_native_ns"
    case p50MinusNativeInterval = "p50_minus_native_ci95_ns"
    case takeover = "takeover_p50_ns"
    case announcementDelay = "announcement_delay_p50_ns"
    case detection = "detection_ns"
    case move = "move_ns"
    case heldByTwo = "held_by_two_ns"
    case heldByNone = "held_by_none_ns"
    case recoveryLoss = "recovery_loss_of_connectivity_ns"
    case heededYoung = "heeded_entry_below_1s"
    case heededOld = "heeded_entry_from_1s"
  }
}

/// How many announcements were heeded.
package struct HeededShare: Codable, Hashable, Sendable {
  package var heeded: Int
  package var of: Int

  /// `nil` when there were none.
  init?(_ responses: [AnnouncementResponse]) {
    guard !responses.isEmpty else { return nil }
    heeded = responses.count(where: \.isHeeded)
    of = responses.count
  }
}

extension TimeSpan {
  /// Longer than any that is measured.
  fileprivate static let endless = TimeSpan(nanoseconds: .max)
}
