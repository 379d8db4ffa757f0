package import Packets

/// What became of one probe, decided when it was answered or given up.
package struct ProbeOutcome: Hashable, Sendable {
  package var sent: Timestamp
  /// When the answer came; `nil` when none did.
  package var answered: Timestamp?
  /// The index of the node that answered.
  package var reflector: UInt16
  /// The index of the server that captured it without holding the VIP, if one did.
  package var misdirectedTo: UInt16?
  /// Whether it was captured at the holder, and whether the holder answered it.
  package var hasReachedHolder = false
  package var wasReflected = false
  /// Whether it is the first one after the prober paused.
  package var isResuming: Bool

  package init(
    sent: Timestamp, answered: Timestamp?, reflector: UInt16, misdirectedTo: UInt16? = nil,
    isResuming: Bool = false
  ) {
    self.isResuming = isResuming
    self.misdirectedTo = misdirectedTo
    self.sent = sent
    self.answered = answered
    self.reflector = reflector
  }

  package var fate: ProbeFate {
    if answered != nil { return .answered(by: reflector) }
    return misdirectedTo.map { .misdirected(to: $0) } ?? .lost
  }
}
