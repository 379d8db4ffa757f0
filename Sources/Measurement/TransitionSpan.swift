package import Packets

/// What belongs to a transition.
package struct TransitionSpan: Hashable, Sendable {
  package var disturbance: Disturbance
  /// Probes sent from here on belong to it, until the next one begins.
  package var begin: Timestamp
  package var end: Timestamp
  /// Probes sent from here on say nothing more of it: until the next disturbance, an outage that is
  /// not over goes on counting.
  package var closed: Timestamp
}
