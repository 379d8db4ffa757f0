package import Packets

/// How routers of VRRP watch each other (RFC 5798).
package struct VRRPSettings: Codable, Hashable, Sendable {
  /// Advertisement_Interval.
  package var every: TimeSpan
  /// Preempt_Mode.
  package var preempts: Bool

  package init(every: TimeSpan = .seconds(1), preempts: Bool = true) {
    self.every = every
    self.preempts = preempts
  }

  private enum CodingKeys: String, CodingKey {
    case every = "every_ns"
    case preempts = "preempt"
  }
}
