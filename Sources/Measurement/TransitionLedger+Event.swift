import Packets
import TopologyModel

extension TransitionLedger {
  /// What bears on transitions, of what a node saw.
  struct Event: Sendable {
    let node: NodeID
    /// By the controller's clock.
    let observation: Observation
    /// Of what was due: by how much it came after that.
    let lateness: TimeSpan?
  }
}

extension TransitionLedger.Event {
  /// When the node took the VIP, or was given it.
  var claim: Timestamp? {
    switch observation {
    case .claimed(let instant, _), .foreignClaim(let instant): instant
    default: nil
    }
  }

  /// When the node gave the VIP up, or lost it.
  var release: Timestamp? {
    switch observation {
    case .released(let instant), .foreignRelease(let instant): instant
    default: nil
    }
  }

  /// Whether it says nothing of the next round, which begins with no holder and with all daemons.
  var isOfRound: Bool {
    if case .daemonEnded = observation { return true }
    return (claim ?? release) != nil
  }

  /// Of those with one key the latest stays true until the next.
  var key: String? {
    switch observation {
    case .neighbour: "entry of \(node.rawValue)"
    case .claimed, .foreignClaim, .released, .foreignRelease: "holding of \(node.rawValue)"
    case .daemonEnded, .mended: "daemon of \(node.rawValue)"
    default: nil
    }
  }
}
