package import Packets

/// How routers of VRRP (RFC 5798) watch each other, and hosts of CARP.
package struct AdvertisementSettings: Codable, Hashable, Sendable {
  /// Between two advertisements of the master: Advertisement_Interval; of ucarp `--advbase`.
  package var every: TimeSpan
  /// Preempt_Mode; of ucarp `--preempt`.
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
