package import Packets

/// How long a Linux client that nobody tells of a move goes on sending to the old holder: until its
/// entry is no longer REACHABLE, then DELAY, then PROBE without answer (RFC 4861, section 7.3.3; the
/// kernel draws the first from half to one and a half times `base_reachable_time`).
package struct NeighbourRecovery: Hashable, Sendable {
  package var shortest: TimeSpan
  package var longest: TimeSpan

  /// From the client's own sysctls of `interface`; `nil` where one is missing.
  package init?(sysctls: [String: String], interface: String) {
    // A dot in a name stands between its parts, so one inside a part is written as a slash.
    let scope = String(interface.map { $0 == "." ? "/" : $0 })
    func value(_ name: String) -> Int64? {
      sysctls["net.ipv4.neigh.\(scope).\(name)"].flatMap { Int64($0) }
        .flatMap { (0...86_400_000).contains($0) ? $0 : nil }
    }
    guard let reachable = value("base_reachable_time_ms"),
      let delay = value("delay_first_probe_time"),
      let probes = value("ucast_solicit"), let interval = value("retrans_time_ms"),
      probes < 1_000
    else { return nil }
    let rest = TimeSpan.seconds(delay) + .milliseconds(probes * interval)
    shortest = .milliseconds(reachable / 2) + rest
    longest = .milliseconds(reachable * 3 / 2) + rest
  }
}

extension Cause {
  /// Whether nothing but the client's own probing of its neighbour ends it.
  package var leavesRecoveryToTheClient: Bool {
    switch self {
    case .announcementNotSent, .announcementFiltered, .announcementIgnored: true
    default: false
    }
  }
}
