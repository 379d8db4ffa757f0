package import LinuxNet
import Packets
package import TopologyModel

/// The nodes of a topology as namespaces of this machine, joined by one bridge a segment. It lives
/// as long as the process: nothing of it has a name outside.
package final class Lab {
  package let topology: Topology
  /// In the order of the topology.
  package let nodes: [Namespace]
  package let segments: [Namespace]
  /// Of each segment.
  package private(set) var switches: [EmulatedSwitch?] = []
  package var controlPlanes: [any ControlPlane] = []

  /// Builds the segments and attaches the nodes; overlays are brought up one by one.
  package init(_ topology: Topology) throws(KernelError) {
    self.topology = topology
    nodes = try Lab.namespaces(topology.nodes.count)
    segments = try Lab.namespaces(topology.segments.count)
    for index in topology.segments.indices { try buildSegment(index) }
    for index in nodes.indices { try setUp(index) }
    for index in segments.indices {
      try PortWatch.await(ports(of: index), in: segments[index], within: Lab.portTimeout)
      if topology.nodes.count > Lab.manyNodes { try introduceNodes(to: index) }
      switches.append(try emulateSwitch(of: index))
    }
  }

  deinit {
    for each in controlPlanes { each.end() }
    for each in switches { each?.end() }
  }

  /// `nil` where a bridge does all that the model asks.
  private func emulateSwitch(of index: Int) throws(KernelError) -> EmulatedSwitch? {
    let segment = topology.segments[index]
    switch segment.switchModel {
    case .learning, .ageing: return nil
    case .sticky, .filtering, .staleHosts, .dropAnnouncements: break
    }
    let natives = topology.paths.filter { $0.segment == index && !$0.kind.isOverlay }
    let ruleset = SwitchRuleset(
      model: segment.switchModel, family: segment.subnet.family, vips: natives.map(\.vip),
      vlan: segment.vlan,
      tunnelPorts: Set(topology.paths.compactMap { $0.overlay?.port }),
      ports: topology.nodes.compactMap { node in
        node.attachment(to: index).map {
          SwitchRuleset.Port(node: node.name, address: $0.address, mac: $0.mac, role: node.role)
        }
      })
    return try EmulatedSwitch(
      ruleset, in: segments[index], seed: topology.seed ?? 0,
      turns: Dictionary(uniqueKeysWithValues: natives.map { ($0.vip, $0.failover.every) }))
  }

  /// Who has never sent anything is looked for at all ports of a switch; so would be every copy that a large mesh
  /// makes of a frame for all.
  private func introduceNodes(to segment: Int) throws(KernelError) {
    var batch = NetlinkBatch()
    for (number, node) in topology.nodes.enumerated() {
      guard let attachment = node.attachment(to: segment) else { continue }
      try batch.addLearnt(attachment.mac, atPort: InterfaceIndex.port(number))
    }
    try segments[segment].perform(batch)
  }

  private func ports(of segment: Int) -> [Int32] {
    topology.nodes.indices.filter { topology.nodes[$0].attachment(to: segment) != nil }
      .map(InterfaceIndex.port)
  }

  private static let manyNodes = 32
  private static let portTimeout = TimeSpan.seconds(30)

  private static func namespaces(_ count: Int) throws(KernelError) -> [Namespace] {
    var made: [Namespace] = []
    for _ in 0..<count {
      let namespace = try Namespace()
      try namespace.run { () throws(KernelError) in try Lab.quieten() }
      made.append(namespace)
    }
    return made
  }

  /// A lab needs no router solicitations and duplicate address detection in its background; an
  /// interface gets IPv6 with its first address. What comes another way than it would be answered is
  /// taken in, whatever this machine does.
  private static func quieten() throws(KernelError) {
    for scope in ["all", "default"] { try Sysctl.set("ipv4.conf.\(scope).rp_filter", to: "0") }
    let quiet = [
      "disable_ipv6": "1", "accept_ra": "0", "accept_dad": "0", "dad_transmits": "0",
      "router_solicitations": "0",
    ]
    for scope in ["all", "default"] where Sysctl.exists("ipv6.conf.\(scope).disable_ipv6") {
      for (name, value) in quiet { try Sysctl.set("ipv6.conf.\(scope).\(name)", to: value) }
    }
  }

  /// A switch shows no frame to iptables, whatever br_netfilter does on this machine.
  private static func forwardUnseen() throws(KernelError) {
    for family in ["iptables", "ip6tables", "arptables"] {
      let name = "bridge.bridge-nf-call-\(family)"
      if Sysctl.exists(name) { try Sysctl.set(name, to: "0") }
    }
  }

  private func buildSegment(_ index: Int) throws(KernelError) {
    try segments[index].run { () throws(KernelError) in try Lab.forwardUnseen() }
    let segment = topology.segments[index]
    var batch = NetlinkBatch()
    try batch.add(
      BridgeLink(name: segment.name, index: InterfaceIndex.bridge, mtu: segment.mtu))
    batch.startBridge(InterfaceIndex.bridge)
    if case .ageing(let time) = segment.switchModel {
      batch.setAgeing(of: InterfaceIndex.bridge, after: time)
    }
    for (number, node) in topology.nodes.enumerated() {
      guard let attachment = node.attachment(to: index) else { continue }
      let veth = VethLink(
        port: VethEnd(name: node.name, index: InterfaceIndex.port(number)),
        bridge: InterfaceIndex.bridge,
        node: segment.vlan == nil
          ? VethEnd(name: segment.name, index: InterfaceIndex.attachment(index))
          : VethEnd(name: "_\(index)", index: InterfaceIndex.trunk(index)),
        nodeMAC: attachment.mac, mtu: segment.mtu)
      try batch.add(veth, to: nodes[number])
      if segment.portFlags != .usual {
        batch.setPort(InterfaceIndex.port(number), flags: segment.portFlags)
      }
      try shape(InterfaceIndex.port(number), as: segment, in: &batch)
    }
    try segments[index].perform(batch)
  }

  /// Frames are delayed, lost and slowed on their way out of a port: each once.
  private func shape(
    _ port: Int32, as segment: Segment, in batch: inout NetlinkBatch
  ) throws(KernelError) {
    let shaping = segment.shaping
    if shaping.needsNetem {
      try batch.addNetem(
        NetemDiscipline(delay: shaping.delay, jitter: shaping.jitter, loss: shaping.loss),
        to: port, isRoot: true)
    }
    if let rate = shaping.rate {
      try batch.addTokenBucket(
        bitsPerSecond: rate, mtu: segment.mtu, to: port, isRoot: !shaping.needsNetem)
    }
  }
}

extension Segment {
  /// Of the ports of its bridge.
  package var portFlags: PortFlags {
    if case .ageing = switchModel { return [.learning] }
    return .usual
  }
}
