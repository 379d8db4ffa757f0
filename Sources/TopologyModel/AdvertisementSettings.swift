package import Packets

/// How routers of VRRP (RFC 5798) watch each other, and hosts of CARP.
package struct AdvertisementSettings: Codable, Hashable, Sendable {
  /// Between two advertisements of the master: Advertisement_Interval; of ucarp `--advbase`.
  package var every: TimeSpan
  /// Preempt_Mode; of ucarp `--preempt`.
  package var preempts: Bool
  /// Of the servers, in their order; `nil` for the usual ones. Of VRRP.
  @Nullable package var priorities: [Int]?
  /// Of keepalived: when a new master announces again, and how often later (`garp_master_delay`,
  /// `garp_master_refresh`); `nil` for what is usual here.
  @Nullable package var garpDelay: TimeSpan?
  @Nullable package var garpRefresh: TimeSpan?

  package init(
    every: TimeSpan = .seconds(1), preempts: Bool = true, priorities: [Int]? = nil,
    garpDelay: TimeSpan? = nil, garpRefresh: TimeSpan? = nil
  ) {
    self.every = every
    self.preempts = preempts
    self.priorities = priorities
    self.garpDelay = garpDelay
    self.garpRefresh = garpRefresh
  }

  private enum CodingKeys: String, CodingKey {
    case every = "every_ns"
    case preempts = "preempt"
    case priorities
    case garpDelay = "garp_delay_ns"
    case garpRefresh = "garp_refresh_ns"
  }
}
