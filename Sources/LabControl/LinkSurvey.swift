import LinuxNet
import Measurement
import TopologyModel

/// What explains the figures of a path: offloads, MTU and the kernel's parameters at one node.
enum LinkSurvey {
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

  /// `interfaces` are the path's own and, of an overlay, the one below, with their MTU.
  static func survey(
    _ interfaces: [(name: String, mtu: Int)], of node: String, in namespace: Namespace
  ) throws(KernelError) -> LinkDescription {
    try namespace.run { () throws(KernelError) in
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
        sysctls: values(of: interfaces[0].name))
    }
  }

  private static func values(of interface: String) -> [String: String] {
    // A dot in a name stands between its parts, so one inside a part is written as a slash.
    let scope = String(interface.map { $0 == "." ? "/" : $0 })
    let names =
      sysctls + neighbourSysctls.map { "ipv4.neigh.\(scope).\($0)" }
      + interfaceSysctls.map { "ipv4.conf.\(scope).\($0)" }
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
