/// A parameter of a node's neighbour tables, by its name in sysctl(8).
package enum NeighbourParameter: String, Codable, CaseIterable, Sendable {
  case baseReachableTime = "base_reachable_time"
  case delayFirstProbeTime = "delay_first_probe_time"
  case gcStaleTime = "gc_stale_time"
  case locktime
  case retransTime = "retrans_time"
  case multicastSolicit = "mcast_solicit"
  case unicastSolicit = "ucast_solicit"
  /// Ignore gratuitous ARP, of IPv6 unsolicited Neighbour Advertisements (`drop_unsolicited_na`).
  case dropGratuitousARP = "drop_gratuitous_arp"

  /// What the kernel counts in.
  enum Unit {
    case milliseconds
    case hundredths
    case seconds
    case count
    case flag
  }

  var unit: Unit {
    switch self {
    case .baseReachableTime, .retransTime: .milliseconds
    case .locktime: .hundredths
    case .delayFirstProbeTime, .gcStaleTime: .seconds
    case .multicastSolicit, .unicastSolicit: .count
    case .dropGratuitousARP: .flag
    }
  }
}

/// What a node's kernel is set to.
package struct NeighbourSetting: Codable, Hashable, Sendable {
  package let parameter: NeighbourParameter
  /// As the sysctl takes it.
  package let value: Int64
}
