package import Packets

/// A neighbour entry for the VIP, a prober's or that of the router before it, as the kernel told of
/// it.
package struct NeighbourView: Hashable, Codable, Sendable {
  package var at: Timestamp
  /// `nil` while it is being resolved, or when that failed.
  package var mac: MACAddress?
  /// `nil` when the entry was removed.
  package var state: NeighbourState?

  package init(at: Timestamp, mac: MACAddress?, state: NeighbourState?) {
    self.at = at
    self.mac = mac
    self.state = state
  }

  /// Whether somebody pinned it (`nud permanent`, `noarp`).
  package var isPinned: Bool { state?.isPinned ?? false }

  private enum CodingKeys: String, CodingKey {
    case at = "at_ns"
    case mac, state
  }
}
