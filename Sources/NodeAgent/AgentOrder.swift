package import FailoverMethods
package import Measurement
package import Packets
package import TopologyModel

/// What a controller asks of a node's agent.
package enum AgentOrder: Codable, Hashable, Sendable {
  /// Move the VIP, probe and watch from now on.
  case begin(round: Round)
  /// The node's clock is ahead of the controller's, by which a round is timed, by so much now.
  case adjust(ahead: TimeSpan)
  /// The VIP is to be with another server, from an instant of the controller's clock on.
  case handOver(turn: Turn)
  /// Probe: there is a holder by now, where daemons decided who it is.
  case probe(from: Timestamp, holder: NodeID)
  /// Something is to break at the node, by the controller's clock.
  case fault(fault: Fault)
  /// The round is over at that instant of the controller's clock.
  case end(at: Timestamp)
  /// Move and probe no more, and tell what became of what is under way.
  case stop
  /// Hand over the frames that were seen from `begin` to `end`, for a transition's capture.
  case keep(transition: Int, begin: Timestamp, end: Timestamp)
  /// Give the VIP up and be still.
  case rest
}

/// A stretch of time in which the VIP of a path moves, by the controller's clock.
package struct Round: Codable, Hashable, Sendable {
  /// How; `nil` where that is somebody else's.
  package var failover: FailoverSettings?
  package var start: Timestamp
  /// The least time with the first holder before the first transition.
  package var settle: TimeSpan
  /// When it is over; `nil` where an order to stop says so.
  package var end: Timestamp?
  /// Who has the VIP at its start, where no schedule says so.
  package var holder: ServerIndex?
  /// By how much the node's clock is ahead of that as it begins.
  package var ahead = TimeSpan.zero

  package init(
    _ failover: FailoverSettings?, start: Timestamp, settle: TimeSpan, end: Timestamp? = nil,
    holder: ServerIndex? = nil
  ) {
    self.failover = failover
    self.start = start
    self.settle = settle
    self.end = end
    self.holder = holder
  }
}

/// What an agent tells its controller.
package enum AgentReport: Codable, Hashable, Sendable {
  case observed(all: [Observation])
  /// The frames of a transition at this node.
  case kept(transition: Int, frames: KeptFrames)
  /// The node has given the VIP up and is still.
  case rested
  /// A look at the node's clock.
  case clocked(exchange: ClockExchange)
  /// The line to it was cut for so long, and it has gone on meanwhile.
  case resumed(after: TimeSpan)
  /// The node is not heard of any longer; whether it is being tried to set it up anew.
  case lost(reason: String, isTried: Bool)
  /// It was set up anew, so long after it was lost.
  case returned(after: TimeSpan)

  /// Whether it is the agent's own word, not that of the line to it.
  package var isOfAgent: Bool {
    switch self {
    case .observed, .kept, .rested: true
    case .clocked, .resumed, .lost, .returned: false
    }
  }
}
