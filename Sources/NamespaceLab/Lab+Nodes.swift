package import LinuxNet
package import Packets
import TopologyModel

/// The nodes' own interfaces, addresses and routes.
extension Lab {
  func setUp(_ number: Int) throws(KernelError) {
    let node = topology.nodes[number]
    try setForwarding(at: number, to: node.role == .router)
    try nodes[number].perform(links(of: node))
    for attachment in node.attachments {
      let segment = topology.segments[attachment.segment]
      try configure(
        segment.name, index: InterfaceIndex.attachment(attachment.segment), of: number,
        address: attachment.address, prefixLength: segment.subnet.prefixLength)
    }
    var routes = NetlinkBatch()
    for route in node.routes { try routes.addRoute(to: route.network, via: route.gateway) }
    if !routes.isEmpty { try nodes[number].perform(routes) }
  }

  /// The loopback, and what is on top of the cables to segments.
  private func links(of node: TopologyNode) throws(KernelError) -> NetlinkBatch {
    var batch = NetlinkBatch()
    batch.setLink(InterfaceIndex.loopback, up: true)
    for attachment in node.attachments {
      let segment = topology.segments[attachment.segment]
      guard let vlan = segment.vlan else { continue }
      let trunk = InterfaceIndex.trunk(attachment.segment)
      batch.setLink(trunk, up: true)
      try batch.add(
        VLANLink(
          name: segment.name, index: InterfaceIndex.attachment(attachment.segment), tag: vlan,
          below: trunk, mac: attachment.mac))
    }
    return batch
  }

  /// Set either way: a new namespace has what this machine has, and a server that forwards would
  /// hide that a packet came to the wrong one.
  private func setForwarding(at number: Int, to isOn: Bool) throws(KernelError) {
    try nodes[number].run { () throws(KernelError) in
      for name in ["ipv4.ip_forward", "ipv6.conf.all.forwarding"] where Sysctl.exists(name) {
        try Sysctl.set(name, to: isOn ? "1" : "0")
      }
    }
  }

  /// Sets an interface of node `number` to the topology's neighbour settings, gives it its address
  /// and takes it up.
  package func configure(
    _ name: String, index: Int32, of number: Int, address: IPAddress, prefixLength: Int
  ) throws(KernelError) {
    let settings = topology.nodes[number].neighbourSettings
    let family = address.family
    var batch = NetlinkBatch()
    try batch.addAddress(address, prefixLength: prefixLength, to: index)
    batch.setLink(index, up: true)
    try nodes[number].run { () throws(KernelError) in
      let scope = Sysctl.scope(ofInterface: name)
      if family == .v6 { try Sysctl.set("ipv6.conf.\(scope).disable_ipv6", to: "0") }
      for setting in settings {
        try Sysctl.set(
          setting.parameter.sysctl(of: family, scope: scope), to: "\(setting.value)")
      }
      try NetlinkSocket().perform(batch)
    }
  }
}

extension NeighbourParameter {
  /// Its name for one interface, as sysctl(8) has it less `net.`.
  func sysctl(of family: IPFamily, scope: String) -> String {
    let version = family.sysctl
    return switch self {
    case .baseReachableTime, .retransTime: "\(version).neigh.\(scope).\(rawValue)_ms"
    case .dropGratuitousARP where family == .v6: "ipv6.conf.\(scope).drop_unsolicited_na"
    case .dropGratuitousARP: "ipv4.conf.\(scope).\(rawValue)"
    default: "\(version).neigh.\(scope).\(rawValue)"
    }
  }
}

extension Namespace {
  /// Makes the requests in this namespace.
  package func perform(_ batch: NetlinkBatch) throws(KernelError) {
    try run { () throws(KernelError) in try NetlinkSocket().perform(batch) }
  }
}
