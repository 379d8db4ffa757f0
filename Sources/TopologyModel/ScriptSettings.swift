package import Packets

/// A user's own commands that move the VIP, as argument vectors: no shell sees them.
package struct ScriptSettings: Codable, Hashable, Sendable {
  /// Run at the new holder.
  package var claim: [String]
  /// Run at the old one; `nil` where nothing is to be done there.
  package var release: [String]?
  /// One that has not ended by then is ended.
  package var timeout: TimeSpan

  package static let standardTimeout = TimeSpan.seconds(5)

  private enum CodingKeys: String, CodingKey {
    case claim, release
    case timeout = "timeout_ns"
  }
}
