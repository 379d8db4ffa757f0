package import Packets
package import TopologyModel

/// What a transition begins with.
package struct Disturbance: Hashable, Codable, Sendable {
  package enum Kind: String, Codable, CaseIterable, Sendable {
    /// The schedule named its instant.
    case scheduled
    /// Somebody asked for the move.
    case requested
    /// Something was broken on purpose.
    case fault
    /// What was broken is whole again.
    case recovery
    /// The VIP moved, and nobody said why.
    case observed

    /// Whether it is up to daemons what follows, if anything does.
    var isOfFaults: Bool { self == .fault || self == .recovery }
  }

  package var kind: Kind
  package var at: Timestamp
  /// The server that held the VIP before; `nil` where only what is observed tells.
  package var from: NodeID?
  /// The one that is to take it.
  package var to: NodeID?
  /// What was broken, or is whole again.
  package var fault: FaultName?

  package init(
    _ kind: Kind, at: Timestamp, from: NodeID? = nil, to: NodeID? = nil, fault: FaultName? = nil
  ) {
    self.fault = fault
    self.kind = kind
    self.at = at
    self.from = from
    self.to = to
  }

  /// Whether servers do not hear each other from it on, and each of them that can takes the VIP.
  var isOfPartedServers: Bool { kind == .fault && fault?.partsServers ?? false }

  private enum CodingKeys: String, CodingKey {
    case kind, from, to, fault
    case at = "at_ns"
  }
}
