import LinuxNet
package import Measurement
package import Packets
package import Records
import TopologyModel

/// What explains the figures of a path: offloads, MTU and the kernel's parameters at one node, in the
/// namespace of the calling thread.
package enum LinkSurvey {
  /// By the names of `ethtool --show-features`.
  private static let features = [
    "rx-checksum", "rx-gro", "tx-checksum-ip-generic", "tx-generic-segmentation",
    "tx-tcp-segmentation", "tx-udp_tnl-segmentation", "tx-udp_tnl-csum-segmentation",
  ]
  private static let sysctls = [
    "core.rmem_max", "core.wmem_max", "ipv4.tcp_congestion_control", "ipv4.tcp_rmem",
    "ipv4.tcp_wmem",
  ]
  private static let neighbourSysctls = [
    "base_reachable_time_ms", "delay_first_probe_time", "gc_stale_time", "locktime",
    "mcast_solicit", "retrans_time_ms", "ucast_solicit",
  ]
  private static let interfaceSysctls = [
    "arp_accept", "arp_announce", "arp_ignore", "arp_notify", "drop_gratuitous_arp", "rp_filter",
  ]

  private static let interfaceSysctlsOfIPv6 = [
    "accept_untracked_na", "drop_unsolicited_na", "ndisc_notify",
  ]

  /// `interfaces` are the path's own and, of an overlay, the one below, with their MTU.
  package static func survey(
    _ interfaces: [(name: String, mtu: Int)], family: IPFamily, of node: String
  ) -> LinkDescription {
    let ethtool = try? Ethtool()
    let descriptions = interfaces.map { interface in
      let active = try? ethtool?.activeFeatures(of: interface.name)
      return InterfaceDescription(
        name: interface.name, mtu: interface.mtu,
        offloads: active.map { active in
          Dictionary(uniqueKeysWithValues: features.map { ($0, active.contains($0)) })
        })
    }
    return LinkDescription(
      node: node, interfaces: descriptions, pathMTU: nil,
      sysctls: values(of: interfaces[0].name, family))
  }

  /// How long the neighbour table of an interface takes when nobody tells it of a move.
  package static func recovery(_ interface: String, family: IPFamily) -> NeighbourRecovery? {
    let scope = Sysctl.scope(ofInterface: interface)
    let version = family.sysctl
    return NeighbourRecovery { name in
      (try? Sysctl.get("\(version).neigh.\(scope).\(name)")).flatMap { Int64($0) }
    }
  }

  private static func values(of interface: String, _ family: IPFamily) -> [String: String] {
    let scope = Sysctl.scope(ofInterface: interface)
    let version = family.sysctl
    let ofInterface = family == .v4 ? interfaceSysctls : interfaceSysctlsOfIPv6
    let names =
      sysctls + neighbourSysctls.map { "\(version).neigh.\(scope).\($0)" }
      + ofInterface.map { "\(version).conf.\(scope).\($0)" }
    var values: [String: String] = [:]
    for name in names {
      // Tabs separate the numbers of a triple.
      if let value = try? Sysctl.get(name) {
        values["net." + name] = String(value.map { $0 == "\t" ? " " : $0 })
      }
    }
    return values
  }
}
