import Glibc
package import LinuxNet
import Packets
import TopologyModel

/// Something a lab may need of a kernel.
package enum Capability: String, CaseIterable, Sendable {
  case bridge
  case vxlan
  case geneve
  case nftablesBridge = "nftables bridge family"
  case netem
  case tbf
  case vlan = "802.1Q"
  case ipv6 = "IPv6"
  /// Older kernels show them to root alone.
  case neighbourSysctls = "sysctls of neighbour tables for this user"

  /// The module that brings it, where it takes one.
  package var module: String? {
    switch self {
    case .bridge, .vxlan, .geneve: rawValue
    case .nftablesBridge: "nf_tables"
    case .netem: "sch_netem"
    case .tbf: "sch_tbf"
    case .vlan: "8021q"
    case .ipv6: "ipv6"
    case .neighbourSysctls: nil
    }
  }

  /// `geneve (module `geneve`)`.
  var described: String { rawValue + (module.map { " (module `\($0)`)" } ?? "") }

  /// The program that it takes and that is not there, with what to do; `nil` when nothing is.
  package var missingProgram: String? { self == .nftablesBridge ? Nftables.missing : nil }

  /// What the running kernel says to it, tried in a namespace that is thrown away; `nil` when it
  /// does as asked.
  package func objection() throws(KernelError) -> KernelError? {
    let trial = try Namespace()
    let index = InterfaceIndex.bridge
    var batch = NetlinkBatch()
    try batch.add(BridgeLink(name: "trial", index: index, mtu: 1500))
    switch self {
    case .bridge:
      break
    case .ipv6:
      try batch.addAddress(
        Capability.addressOfIPv6, prefixLength: IPFamily.v6.width, to: InterfaceIndex.loopback)
    case .vxlan:
      try batch.addVXLAN(
        Capability.tunnel, local: Capability.address, underlay: InterfaceIndex.loopback)
    case .geneve:
      try batch.addGENEVE(Capability.tunnel, remote: Capability.address, bridge: index)
    case .neighbourSysctls:
      let name = NeighbourParameter.baseReachableTime.sysctl(of: .v4, scope: "lo")
      return Capability.objection { () throws(KernelError) in
        _ = try trial.run { () throws(KernelError) in try Sysctl.get(name) }
      }
    case .nftablesBridge:
      return Capability.objection { () throws(KernelError) in
        try Nftables.load("add table bridge trial", in: trial)
      }
    case .netem:
      try batch.addNetem(
        NetemDiscipline(delay: .milliseconds(1), jitter: .zero, loss: 0), to: index, isRoot: true)
    case .tbf:
      try batch.addTokenBucket(bitsPerSecond: 1_000_000, mtu: 1500, to: index, isRoot: true)
    case .vlan:
      try batch.add(VLANLink(name: "tagged", index: index + 1, tag: 1, below: index))
    }
    return Capability.objection { () throws(KernelError) in try trial.perform(batch) }
  }

  private static func objection(_ attempt: () throws(KernelError) -> Void) -> KernelError? {
    do {
      try attempt()
      return nil
    } catch {
      return error
    }
  }

  private static let tunnel = TunnelLink(
    name: "overlay", index: InterfaceIndex.bridge + 1, mac: .local(group: 0, member: 1), mtu: 1450,
    vni: 1, port: 4789, udpChecksum: true)
  private static let address = IPAddress(bits: 0x7f00_0001, family: .v4)
  private static let addressOfIPv6 = IPAddress(bits: 0xfd00 << 112 | 1, family: .v6)
}

extension Topology {
  /// What the lab needs, beside namespaces and veth pairs, whichever paths run.
  var needs: Set<Capability> {
    let own: Set<Capability> =
      nodes.contains { !$0.neighbourSettings.isEmpty } ? [.bridge, .neighbourSysctls] : [.bridge]
    return segments.reduce(own) { $0.union($1.needs) }
  }

  /// What the path needs, beside what the lab does.
  func needs(of path: TopologyPath) -> Set<Capability> {
    var needs: Set<Capability> = []
    if path.kind == .vxlan { needs.insert(.vxlan) }
    if path.kind == .geneve { needs.insert(.geneve) }
    if path.vip.family == .v6 { needs.insert(.ipv6) }
    if path.methods.contains(where: \.partsOneWay) { needs.insert(.nftablesBridge) }
    if path.methods.contains(where: { $0.faults.contains { $0.name == .slow } }) {
      needs.insert(.netem)
    }
    return needs
  }
}

extension Segment {
  /// What the emulated switch and the attachments to it need.
  fileprivate var needs: Set<Capability> {
    var needs: Set<Capability> = []
    if shaping.needsNetem { needs.insert(.netem) }
    if shaping.rate != nil { needs.insert(.tbf) }
    if vlan != nil { needs.insert(.vlan) }
    if subnet.family == .v6 { needs.insert(.ipv6) }
    if switchModel != .learning { needs.insert(.nftablesBridge) }
    return needs
  }
}
