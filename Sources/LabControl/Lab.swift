package import LinuxNet
import Measurement
package import NodeAgent
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
  private(set) var switches: [EmulatedSwitch?] = []

  /// Builds the segments and attaches the nodes; overlays are brought up one by one.
  package init(_ topology: Topology) throws(KernelError) {
    self.topology = topology
    nodes = try Lab.namespaces(topology.nodes.count)
    segments = try Lab.namespaces(topology.segments.count)
    for index in topology.segments.indices { try buildSegment(index) }
    for index in nodes.indices { try attach(index) }
    for index in segments.indices {
      try PortWatch.await(ports(of: index), in: segments[index], within: Lab.portTimeout)
      switches.append(try emulateSwitch(of: index))
    }
  }

  deinit { for each in switches { each?.end() } }

  /// `nil` where a bridge does all that the model asks.
  private func emulateSwitch(of index: Int) throws(KernelError) -> EmulatedSwitch? {
    let segment = topology.segments[index]
    guard segment.switchModel != .learning else { return nil }
    let native = topology.paths.first { $0.segment == index && !$0.kind.isOverlay }
    let ruleset = SwitchRuleset(
      model: segment.switchModel, vip: native?.vip, vlan: segment.vlan,
      ports: topology.nodes.compactMap { node in
        node.attachment(to: index).map {
          SwitchRuleset.Port(
            node: node.name, address: $0.address, mac: $0.mac, isServer: node.role == .server)
        }
      })
    return try EmulatedSwitch(
      ruleset, in: segments[index], seed: topology.seed ?? 0, turn: topology.failover.every)
  }

  private func ports(of segment: Int) -> [Int32] {
    topology.nodes.indices.filter { topology.nodes[$0].attachment(to: segment) != nil }
      .map(InterfaceIndex.port)
  }

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

  /// An IPv4 lab needs no router solicitations and duplicate address detection in its background.
  private static func quieten() throws(KernelError) {
    for scope in ["all", "default"] where Sysctl.exists("ipv6.conf.\(scope).disable_ipv6") {
      try Sysctl.set("ipv6.conf.\(scope).disable_ipv6", to: "1")
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

  private func attach(_ number: Int) throws(KernelError) {
    var batch = NetlinkBatch()
    batch.setLink(InterfaceIndex.loopback, up: true)
    for attachment in topology.nodes[number].attachments {
      let interface = InterfaceIndex.attachment(attachment.segment)
      let segment = topology.segments[attachment.segment]
      if let vlan = segment.vlan {
        let trunk = InterfaceIndex.trunk(attachment.segment)
        batch.setLink(trunk, up: true)
        try batch.add(
          VLANLink(
            name: segment.name, index: interface, tag: vlan, below: trunk, mac: attachment.mac))
      }
      try batch.addAddress(
        attachment.address,
        prefixLength: segment.subnet.prefixLength, to: interface)
      batch.setLink(interface, up: true)
    }
    try nodes[number].perform(batch)
  }
}

extension Lab {
  /// Brings the path's tunnels up in all its nodes; nothing on a native path.
  package func bringUp(_ path: TopologyPath) throws(KernelError) {
    guard let settings = path.overlay else { return }
    let kind: any Overlay.Type = path.kind == .geneve ? GENEVEOverlay.self : VXLANOverlay.self
    for member in path.members {
      let end = OverlayEnd(
        path: path, settings: settings, member: member, peers: peers(of: member, on: path),
        interface: interface(of: path), underlay: InterfaceIndex.attachment(path.segment))
      try nodes[member.node].perform(kind.init(end).requests())
    }
  }

  /// Opens the sockets of every node of the path.
  /// They keep `recordedFrames` frames for captures.
  package func ports(
    on path: TopologyPath, recordedFrames: Int = 0
  ) throws(KernelError) -> [PathPort] {
    var ports: [PathPort] = []
    for member in path.members {
      let node = topology.nodes[member.node]
      var settings = PathPort.Settings(
        node: UInt16(member.node), name: node.name, isServer: node.role == .server,
        interface: interface(of: path), interfaceName: interfaceName(of: path),
        mac: member.mac, address: member.address, vip: path.vip,
        port: topology.probe.port, form: topology.failover.form)
      settings.recordedFrames = recordedFrames
      ports.append(
        try nodes[member.node].run { () throws(KernelError) in try PathPort(settings) })
    }
    return ports
  }

  private func interface(of path: TopologyPath) -> Int32 {
    guard path.kind.isOverlay,
      let index = topology.paths.firstIndex(where: { $0.name == path.name })
    else { return InterfaceIndex.attachment(path.segment) }
    return InterfaceIndex.overlay(index, segments: topology.segments.count)
  }

  private func interfaceName(of path: TopologyPath) -> String {
    path.kind.isOverlay ? path.name : topology.segments[path.segment].name
  }

  /// A meter between two nodes of a path.
  func meter(
    _ path: TopologyPath, between pair: MeasuredPair, interruption: Interruption
  ) throws(KernelError) -> PathMeter {
    let name = interfaceName(of: path)
    let sender = try nodes[pair.from.node].run { () throws(KernelError) in
      try UDPSocket.bound(to: pair.from.address, interface: name)
    }
    let reflector = try nodes[pair.to.node].run { () throws(KernelError) in
      try UDPSocket.bound(to: pair.to.address, interface: name)
    }
    try sender.connect(to: pair.to.address, port: reflector.localPort())
    try reflector.connect(to: pair.from.address, port: sender.localPort())
    return try PathMeter(
      sender: (UInt16(pair.from.node), sender), reflector: (UInt16(pair.to.node), reflector),
      interruption: interruption)
  }

  /// What a path runs over at `member`.
  func survey(_ path: TopologyPath, at member: PathMember) throws(KernelError) -> LinkDescription {
    let segment = topology.segments[path.segment]
    var interfaces = [(name: interfaceName(of: path), mtu: path.mtu)]
    if path.kind.isOverlay { interfaces.append((segment.name, segment.mtu)) }
    return try LinkSurvey.survey(
      interfaces, of: topology.nodes[member.node].name, in: nodes[member.node])
  }

  private func peers(of member: PathMember, on path: TopologyPath) -> [OverlayPeer] {
    path.members.filter { $0.node != member.node }.compactMap { peer in
      topology.nodes[peer.node].attachment(to: path.segment).map {
        OverlayPeer(
          number: peer.node, mac: peer.mac, endpoint: peer.underlay, endpointMAC: $0.mac)
      }
    }
  }
}

extension Namespace {
  /// Makes the requests in this namespace.
  func perform(_ batch: NetlinkBatch) throws(KernelError) {
    try run { () throws(KernelError) in try NetlinkSocket().perform(batch) }
  }
}
