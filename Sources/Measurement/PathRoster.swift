package import Packets
package import TopologyModel

/// Who takes part in a path, and the settings by which its transitions are judged.
package struct PathRoster: Hashable, Codable, Sendable {
  package var path: String
  package var vip: IPAddress
  /// In the order of the topology; servers take turns in it.
  package var members: [Member]
  package var interval: TimeSpan
  /// STAMP where it is `nil`, as in journals of the version that knew nothing else.
  package var probe: ProbeKind?
  /// The span before a disturbance from which on what is seen belongs to it: probes in flight as
  /// the VIP moves are its own.
  package var lead: TimeSpan
  /// Between the schedule and the claim.
  package var gap: TimeSpan
  package var stuckAfter: TimeSpan
  /// How long daemons take at most to notice that the holder has gone; `nil` where none decide.
  package var detection: TimeSpan?
  /// Of an address that is only watched; `nil` where the nodes that may hold the VIP tell what they
  /// do.
  package var outside: OutsideView?

  package struct Member: Hashable, Codable, Sendable {
    package var node: NodeID
    package var name: String
    package var role: NodeRole
    package var mac: MACAddress
    /// The router whose neighbour entry decides where its packets go, where there is one.
    package var gateway: NodeID?
    /// What the kernel that decides does when nobody tells it of a move.
    package var recovery: NeighbourRecovery?

    package init(
      node: NodeID, name: String, role: NodeRole, mac: MACAddress, gateway: NodeID? = nil,
      recovery: NeighbourRecovery? = nil
    ) {
      self.node = node
      self.name = name
      self.role = role
      self.mac = mac
      self.gateway = gateway
      self.recovery = recovery
    }

    /// The node whose neighbour entry for the VIP decides where its packets go.
    package var decider: NodeID { gateway ?? node }
  }

  package init(
    path: String, vip: IPAddress, members: [Member], interval: TimeSpan, lead: TimeSpan,
    gap: TimeSpan, stuckAfter: TimeSpan, outside: OutsideView? = nil, probe: ProbeKind? = nil
  ) {
    self.probe = probe
    self.outside = outside
    self.path = path
    self.vip = vip
    self.members = members
    self.interval = interval
    self.lead = lead
    self.gap = gap
    self.stuckAfter = stuckAfter
  }

  private enum CodingKeys: String, CodingKey {
    case path, vip, members, outside, probe
    case interval = "interval_ns"
    case lead = "lead_ns"
    case gap = "gap_ns"
    case stuckAfter = "stuck_after_ns"
    case detection = "detection_ns"
  }

  /// What daemons do is a fault's doing, or that of its end, for so long.
  var patience: TimeSpan { 2 * (detection ?? .zero) + stuckAfter }

  package var servers: [Member] { members.filter { $0.role == .server } }

  package var probers: [Member] { members.filter { $0.role != .router } }

  package func server(_ index: ServerIndex) -> Member? {
    servers.indices.contains(index.rawValue) ? servers[index.rawValue] : nil
  }

  package func member(_ node: NodeID) -> Member? { members.first { $0.node == node } }

  package func name(of node: NodeID) -> String {
    member(node)?.name ?? "node \(node.rawValue)"
  }
}
