/// Why a prober was cut off.
package enum Cause: String, Codable, CaseIterable, Sendable {
  case announcementNotSent = "announcement-not-sent"
  /// Sent, and not seen by the prober, or by the router before it, whose entry decides then.
  case announcementFiltered = "announcement-filtered"
  /// Seen, and the prober's entry did not change.
  case announcementIgnored = "announcement-ignored"
  /// The prober's entry was right, and its frames reached the old holder.
  case switchStuck = "switch-stuck"
  /// The prober's entry was right, and its frames came out nowhere until the new holder was heard of.
  case unknownUnicast = "unknown-unicast"
  /// The prober's entry is one that no announcement changes.
  case staleNeighbour = "stale-neighbour"
  case duplicateHolder = "duplicate-holder"
  case noHolder = "no-holder"
  /// Probes reached the new holder, which did not answer.
  case newHolderSilent = "new-holder-silent"
  /// The new holder answered, and the answers did not arrive.
  case replyLost = "reply-lost"
  /// Nothing was observed that proves one of the others.
  case unexplained
}

/// A cause and the sentence that says what proves it.
package struct CauseFinding: Hashable, Sendable {
  package var cause: Cause
  package var explanation: String
  /// How long recovery takes where it is left to the kernel of the node that missed the move.
  package var recovery: NeighbourRecovery?

  package init(_ cause: Cause, _ explanation: String, recovery: NeighbourRecovery? = nil) {
    self.cause = cause
    self.explanation = explanation
    self.recovery = recovery
  }
}
