package import LinuxNet
package import Measurement
package import NamespaceLab
import NodeAgent
import Packets
import Records
package import TopologyModel

/// What a path needs of the lab.
extension Lab {
  /// Brings the path's tunnels up in all its nodes; nothing on a native path.
  package func bringUp(_ path: TopologyPath) throws(KernelError) {
    guard let settings = path.overlay else { return }
    let kind: any Overlay.Type = path.kind == .geneve ? GENEVEOverlay.self : VXLANOverlay.self
    for member in path.members {
      let interface = interface(of: member, on: path)
      let end = OverlayEnd(
        path: path, settings: settings, member: member, peers: peers(of: member, on: path),
        interface: interface, underlay: InterfaceIndex.attachment(member.segment))
      try nodes[member.node].perform(kind.init(end).requests())
      try configure(
        path.name, index: interface, of: member.node, address: member.address,
        prefixLength: path.subnet.prefixLength)
    }
  }

  /// Who takes part in a path, and how it is judged.
  package func roster(of path: TopologyPath) throws(KernelError) -> PathRoster {
    var members: [PathRoster.Member] = []
    for member in path.members {
      let node = topology.nodes[member.node]
      members.append(
        PathRoster.Member(
          node: NodeID(member.node), name: node.name, role: node.role, mac: member.mac,
          gateway: member.gateway.map { NodeID($0) }, recovery: try recovery(of: member, on: path)))
    }
    let longest = topology.probe.servedWithin + topology.delay(of: path)
    return PathRoster(
      path: path.name, vip: path.vip, members: members, interval: topology.probe.every,
      lead: min(path.failover.every / 10, longest), gap: path.failover.gap,
      stuckAfter: path.failover.stuckAfter, probe: topology.probe.kind)
  }

  /// The agents of every node of the path, each of which keeps `recordedFrames` frames for captures.
  /// Packets of the run carry the number `run`.
  package func fleet(
    on path: TopologyPath, run: UInt64, recordedFrames: Int = 0
  ) throws(KernelError) -> LocalFleet {
    let servers = path.members.filter { topology.nodes[$0.node].role == .server }
    return try LocalFleet(path.members.map { NodeID($0.node) }) { (node) throws(KernelError) in
      let member = path.members.first { $0.node == Int(node.rawValue) }!
      var settings = NodeEngine.Settings(
        failover: path.failover, probe: topology.probe, run: run,
        segmentDelay: topology.delay(of: path),
        seat: servers.firstIndex { $0.node == member.node }.map { ServerIndex(rawValue: $0) },
        servers: servers.map(\.address), nodes: topology.nodes.count)
      settings.peers = path.members.map {
        NodeEngine.Settings.Peer(
          node: NodeID($0.node), name: topology.nodes[$0.node].name, mac: $0.mac,
          address: $0.address)
      }
      return (settings, try port(of: member, on: path, recordedFrames: recordedFrames))
    }
  }

  private func port(
    of member: PathMember, on path: TopologyPath, recordedFrames: Int
  ) throws(KernelError) -> PathPort {
    let node = topology.nodes[member.node]
    var settings = PathPort.Settings(
      node: NodeID(member.node), name: node.name, role: node.role,
      interface: interface(of: member, on: path),
      interfaceName: interfaceName(of: member, on: path),
      mac: member.mac, address: member.address, vip: path.vip,
      probe: topology.probe, form: path.failover.form)
    settings.isHealed = path.failover.healing != nil && member.gateway == nil
    settings.recordedFrames = recordedFrames
    return try nodes[member.node].run { () throws(KernelError) in try PathPort(settings) }
  }

  private func interface(of member: PathMember, on path: TopologyPath) -> Int32 {
    guard path.kind.isOverlay,
      let index = topology.paths.firstIndex(where: { $0.name == path.name })
    else { return InterfaceIndex.attachment(member.segment) }
    return InterfaceIndex.overlay(index, segments: topology.segments.count)
  }

  private func interfaceName(of member: PathMember, on path: TopologyPath) -> String {
    path.kind.isOverlay ? path.name : topology.segments[member.segment].name
  }

  /// A meter between two nodes of a path.
  func meter(
    _ path: TopologyPath, between pair: MeasuredPair, interruption: Interruption
  ) throws(KernelError) -> PathMeter {
    let (sender, reflector) = (
      try socket(of: pair.from, on: path), try socket(of: pair.to, on: path)
    )
    try sender.connect(to: pair.to.address, port: reflector.localPort())
    try reflector.connect(to: pair.from.address, port: sender.localPort())
    return try PathMeter(
      sender: (NodeID(pair.from.node), sender), reflector: (NodeID(pair.to.node), reflector),
      family: pair.from.address.family, interruption: interruption)
  }

  /// What the node that decides for a member does when nobody tells it of a move; `nil` where the
  /// switch does not let it ask.
  private func recovery(
    of member: PathMember, on path: TopologyPath
  ) throws(KernelError) -> NeighbourRecovery? {
    if case .filtering = topology.segments[path.segment].switchModel, !path.kind.isOverlay {
      return nil
    }
    let decider =
      member.gateway.flatMap { gateway in path.members.first { $0.node == gateway } } ?? member
    let interface = interfaceName(of: decider, on: path)
    return try LinkSurvey.recovery(
      interface, family: path.vip.family, in: nodes[decider.node])
  }

  private func socket(
    of member: PathMember, on path: TopologyPath
  ) throws(KernelError) -> UDPSocket {
    try nodes[member.node].run { () throws(KernelError) in
      try UDPSocket.bound(to: member.address, interface: interfaceName(of: member, on: path))
    }
  }

  /// What a path runs over at `member`.
  func survey(_ path: TopologyPath, at member: PathMember) throws(KernelError) -> LinkDescription {
    let segment = topology.segments[member.segment]
    var interfaces = [
      (name: interfaceName(of: member, on: path), mtu: path.kind.isOverlay ? path.mtu : segment.mtu)
    ]
    if path.kind.isOverlay { interfaces.append((segment.name, segment.mtu)) }
    return try LinkSurvey.survey(
      interfaces, family: path.vip.family, of: topology.nodes[member.node].name,
      in: nodes[member.node])
  }

  private func peers(of member: PathMember, on path: TopologyPath) -> [OverlayPeer] {
    path.members.filter { $0.node != member.node }.map { peer in
      OverlayPeer(
        number: peer.node, mac: peer.mac, endpoint: peer.underlay,
        reached: wayToEndpoint(of: peer, from: member))
    }
  }

  private func wayToEndpoint(of peer: PathMember, from member: PathMember) -> OverlayPeer.Way {
    let node = topology.nodes[member.node]
    let subnet = topology.segments[peer.segment].subnet
    if let route = node.routes.first(where: { $0.network == subnet }) { return .via(route.gateway) }
    let mac = topology.nodes[peer.node].attachment(to: peer.segment)?.mac
    return .onLink(mac ?? peer.mac)
  }
}
