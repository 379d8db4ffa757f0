package import Measurement
package import Packets
package import TopologyModel

/// What a controller asks of a node's agent.
package enum AgentOrder: Codable, Hashable, Sendable {
  /// Move the VIP, probe and watch from now on.
  case begin(round: Round)
  /// Move and probe no more, and tell what became of what is under way.
  case stop
  /// Hand over the frames of a transition.
  case keep(capture: CaptureRequest)
  /// Give the VIP up and be still.
  case rest
}

/// A stretch of time in which the VIP of a path moves.
package struct Round: Codable, Hashable, Sendable {
  package var start: Timestamp
  /// The least time with the first holder before the first transition.
  package var settle: TimeSpan
  /// When it is over; `nil` where an order to stop says so.
  package var end: Timestamp?

  package init(start: Timestamp, settle: TimeSpan, end: Timestamp? = nil) {
    self.start = start
    self.settle = settle
    self.end = end
  }
}

/// What an agent tells its controller.
package enum AgentReport: Codable, Hashable, Sendable {
  case observed(all: [Observation])
  /// The frames of a transition at this node, where they were kept.
  case capture(file: CaptureFile)
  /// The node has given the VIP up and is still.
  case rested
}

/// A file in pcapng format.
package struct CaptureFile: Codable, Hashable, Sendable {
  package var transition: Int
  package var node: String
  package var bytes: [UInt8]

  package init(transition: Int, node: String, bytes: [UInt8]) {
    self.transition = transition
    self.node = node
    self.bytes = bytes
  }
}

/// Which frames are wanted, and what is to be said of those that decide.
package struct CaptureRequest: Codable, Hashable, Sendable {
  package var transition: Int
  /// The window of the transition.
  package var begin: Timestamp
  package var closed: Timestamp
  package var scheduled: Timestamp
  package var removed: Timestamp?
  package var old: NodeID?
  /// `nil` where nobody took the VIP.
  package var new: Holder?

  /// Who took the VIP.
  package struct Holder: Codable, Hashable, Sendable {
    package var node: NodeID
    package var name: String
    package var mac: MACAddress

    package init(node: NodeID, name: String, mac: MACAddress) {
      self.node = node
      self.name = name
      self.mac = mac
    }
  }

  package init(
    transition: Int, begin: Timestamp, closed: Timestamp, scheduled: Timestamp,
    removed: Timestamp?, old: NodeID?, new: Holder?
  ) {
    self.transition = transition
    self.begin = begin
    self.closed = closed
    self.scheduled = scheduled
    self.removed = removed
    self.old = old
    self.new = new
  }
}
