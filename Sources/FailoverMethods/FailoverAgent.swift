package import Packets
package import TopologyModel

/// How one server decides when it holds the VIP, as a state machine: it is told the time and what
/// happens, and answers with what is to be done. It does nothing itself, so its timing is tested
/// without waiting, and it knows of other servers only what it is told.
package protocol FailoverAgent: Sendable {
  /// When the next effect is due.
  var nextDeadline: Timestamp { get }

  /// The next effect due at or before `now`; to be called until it returns `nil`.
  mutating func step(at now: Timestamp) -> FailoverEffect?

  /// Takes note of what happened at its node.
  mutating func receive(_ input: FailoverInput, at now: Timestamp)
}

extension FailoverAgent {
  /// A schedule is told nothing but the time.
  package mutating func receive(_: FailoverInput, at _: Timestamp) {}
}

/// What an agent asks its node to do, now.
package enum FailoverEffect: Hashable, Sendable {
  /// Take the VIP, which was due at that instant; before the round where it begins in the midst of
  /// a turn.
  case claim(due: Timestamp)
  /// Give it up.
  case release
  /// Tell the segment who holds it.
  case announce
  /// Help a node that still misses the holder, this server.
  case heal(ServerIndex)
  /// Break what decides here, or mend it, which was due at that instant.
  case breakDown(FaultName, due: Timestamp)
  case mend(FaultName, due: Timestamp)
  /// Pull the node's cable at its switch, or plug it in.
  case plug(isIn: Bool)
  /// Hold back what the node sends for so long; `nil` for no longer.
  case slow(by: TimeSpan?)
}

/// What happens at an agent's node.
package enum FailoverInput: Hashable, Sendable {
  /// Somebody announced that the VIP is at this MAC address.
  case announced(MACAddress)
  /// Another program gave the node the VIP, or took it away.
  case addressAdded
  case addressRemoved
  /// The node could not take the VIP.
  case claimRefused
  /// Somebody asks for the VIP to be with another server, from an instant to come on.
  case handOver(Turn)
  /// Something is to break here, from an instant to come on.
  case fault(Fault)
}
