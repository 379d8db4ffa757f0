package import Packets

/// What became of one probe, decided when it was answered or given up.
package struct ProbeOutcome: Hashable, Sendable {
  package var sent: Timestamp
  /// When the answer came; `nil` when none did.
  package var answered: Timestamp?
  /// The index of the node that answered.
  package var reflector: UInt16
  /// Whether it is the first one after the prober paused.
  package var isResuming: Bool

  package init(
    sent: Timestamp, answered: Timestamp?, reflector: UInt16, isResuming: Bool = false
  ) {
    self.isResuming = isResuming
    self.sent = sent
    self.answered = answered
    self.reflector = reflector
  }
}
