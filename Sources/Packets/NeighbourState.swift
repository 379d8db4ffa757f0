/// The state of a neighbour entry (`NUD_*`), as `ip neighbour` prints it.
package enum NeighbourState: String, Codable, Sendable {
  case incomplete = "INCOMPLETE"
  case reachable = "REACHABLE"
  case stale = "STALE"
  case delay = "DELAY"
  case probe = "PROBE"
  case failed = "FAILED"
  case noARP = "NOARP"
  case permanent = "PERMANENT"
  case none = "NONE"

  /// Whether somebody set it, and nothing but somebody changes it.
  package var isPinned: Bool { self == .permanent || self == .noARP }
}
