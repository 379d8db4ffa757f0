package import Packets

/// How long a Linux client that nobody tells of a move goes on sending to the old holder: until its
/// entry is no longer REACHABLE, then DELAY, then PROBE without answer (RFC 4861, section 7.3.3; the
/// kernel draws the first from half to one and a half times `base_reachable_time`).
package struct NeighbourRecovery: Codable, Hashable, Sendable {
  package var shortest: TimeSpan
  package var longest: TimeSpan

  package init(shortest: TimeSpan, longest: TimeSpan) {
    self.shortest = shortest
    self.longest = longest
  }

  /// From the sysctls of the client's interface, which `value` reads by their names; `nil` where one
  /// is missing.
  package init?(_ value: (String) -> Int64?) {
    func sane(_ name: String) -> Int64? {
      value(name).flatMap { (0...Int64(Int32.max)).contains($0) ? $0 : nil }
    }
    guard let reachable = sane("base_reachable_time_ms"),
      let delay = sane("delay_first_probe_time"), delay < 2_147_484,
      let probes = sane("ucast_solicit"), let interval = sane("retrans_time_ms"),
      probes < 1_000, interval < 86_400_000
    else { return nil }
    let rest = TimeSpan.seconds(delay) + .milliseconds(probes * interval)
    shortest = .milliseconds(reachable / 2) + rest
    longest = .milliseconds(reachable * 3 / 2) + rest
  }

  private enum CodingKeys: String, CodingKey {
    case shortest = "shortest_ns"
    case longest = "longest_ns"
  }
}
