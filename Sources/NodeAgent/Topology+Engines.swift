package import Packets
package import TopologyModel

/// What the engines and tunnels of a path's nodes are to know, wherever the nodes are.
extension Topology {
  /// The name of the interface by which a member takes part.
  package func interfaceName(of member: PathMember, on path: TopologyPath) -> String {
    path.kind.isOverlay ? path.name : segments[member.segment].name
  }

  package func engineSettings(
    of member: PathMember, on path: TopologyPath, _ session: StampSession
  ) -> NodeEngine.Settings {
    let servers = path.members.filter { nodes[$0.node].role == .server }
    var settings = NodeEngine.Settings(
      probe: probe, session: session, segmentDelay: delay(of: path),
      seat: servers.firstIndex { $0.node == member.node }.map { ServerIndex(rawValue: $0) },
      servers: servers.map(\.address), nodes: nodes.count)
    settings.comparesClocks = isOnHosts
    let probers = path.members.filter { nodes[$0.node].role != .router }
    if let place = probers.firstIndex(where: { $0.node == member.node }) {
      settings.phase = phase(ofProber: place, of: probers.count)
      settings.isToldOfHolder =
        probers.count > NodeEngine.mostAtOnce && member.gateway == nil && !isOnHosts
    }
    settings.peers = path.members.map {
      NodeEngine.Settings.Peer(
        node: NodeID($0.node), name: nodes[$0.node].name, mac: $0.mac, address: $0.address)
    }
    return settings
  }

  /// Probers send together, for their packets to be handled together, but not more of them than are.
  private func phase(ofProber place: Int, of probers: Int) -> TimeSpan {
    let most = NodeEngine.mostAtOnce
    return place / most * (probe.every / Int64((probers + most - 1) / most))
  }

  /// The place of a member whose interface is `interface`.
  package func portSettings(
    of member: PathMember, on path: TopologyPath, interface: (name: String, index: Int32)
  ) -> PathPort.Settings {
    let node = nodes[member.node]
    var settings = PathPort.Settings(
      node: NodeID(member.node), name: node.name, role: node.role, interface: interface.index,
      interfaceName: interface.name, mac: member.mac, address: member.address, vip: path.vip,
      probe: probe)
    settings.isHealed = path.methods.contains { $0.healing != nil } && member.gateway == nil
    settings.isRouted = path.replies != nil
    settings.script = script(of: member, on: path, interface: interface.name)
    for (_, variant) in path.variants {
      settings.daemons[variant.failover.method] = daemon(
        of: member, on: variant, interface: interface.name)
    }
    return settings
  }

  /// The commands that move the VIP at a server, and what they are told.
  private func script(
    of member: PathMember, on path: TopologyPath, interface: String
  ) -> ScriptProgram? {
    guard nodes[member.node].role == .server,
      let script = path.methods.first(where: { $0.method == .script })?.script
    else { return nil }
    let peers = path.members.filter {
      nodes[$0.node].role == .server && $0.node != member.node
    }
    return ScriptProgram(
      settings: script,
      environment: Dictionary(
        uniqueKeysWithValues: place(of: member, on: path, peers, interface: interface).map {
          ($0.rawValue, $1)
        }))
  }

  /// What programs that move the VIP at a server are told of its place.
  private func place(
    of member: PathMember, on path: TopologyPath, _ peers: [PathMember], interface: String
  ) -> [PlaceVariable: String] {
    [
      .vip: "\(path.vip)", .prefixLength: "\(path.vip.family.width)", .interface: interface,
      .address: "\(member.address)",
      .peers: peers.map { "\($0.address)" }.joined(separator: " "),
      .node: nodes[member.node].name, .path: path.name,
    ]
  }

  /// The program that decides at a server when it holds the VIP; `nil` where an agent of this one's does.
  private func daemon(
    of member: PathMember, on path: TopologyPath, interface: String
  ) -> DaemonProgram? {
    let servers = path.members.filter { nodes[$0.node].role == .server }
    guard let rank = servers.firstIndex(where: { $0.node == member.node }) else { return nil }
    let peers = servers.filter { $0.node != member.node }
    switch path.failover.method {
    case .juggle, .handover, .script: return nil
    case .heartbeat:
      return .heartbeat(
        HeartbeatDaemon.Settings(
          vip: path.vip, interface: interface, failover: path.failover,
          line: heartbeatLine(of: member, to: peers[0], on: path, rank, interface: interface)))
    case .ocf:
      return .resources(
        ResourceDaemon.Settings(
          failover: path.failover,
          line: heartbeatLine(of: member, to: peers[0], on: path, rank, interface: interface),
          place: place(of: member, on: path, peers, interface: interface)))
    case .carp:
      return .ucarp(
        CARPHost(path, interface: interface, rank: rank, address: member.address))
    case .vrrp:
      return .keepalived(
        VRRPInstance(
          path, node: nodes[member.node].name, interface: interface, rank: rank,
          address: member.address, peers: peers.map { (nodes[$0.node].name, $0.address) }))
    }
  }

  private func heartbeatLine(
    of member: PathMember, to peer: PathMember, on path: TopologyPath, _ rank: Int,
    interface: String
  ) -> HeartbeatLine.Settings {
    let link = heartbeatLink(of: path)
    func address(of member: PathMember) -> IPAddress {
      link.flatMap { nodes[member.node].attachment(to: $0)?.address } ?? member.address
    }
    return HeartbeatLine.Settings(
      link: link.map { segments[$0].name } ?? interface, address: address(of: member),
      peer: address(of: peer), port: HeartbeatLine.standardPort,
      priority: path.failover.heartbeat.priority(of: rank), pair: 0)
  }

  /// The segment that the heartbeats of `path` cross; `nil` where they cross the path itself.
  package func heartbeatLink(of path: TopologyPath) -> Int? {
    let names = path.methods.compactMap(\.heartbeat.over)
    return segments.firstIndex { $0.name == names.first }
  }

  /// A member's end of the tunnels of `path`; `nil` on a native path. `interface` is the index it is
  /// to have, `underlay` that of the interface below.
  package func overlay(
    of member: PathMember, on path: TopologyPath, interface: Int32, underlay: Int32
  ) -> (any Overlay)? {
    guard let settings = path.overlay else { return nil }
    let kind: any Overlay.Type = path.kind == .geneve ? GENEVEOverlay.self : VXLANOverlay.self
    let peers = path.members.filter { $0.node != member.node }.map { peer in
      OverlayPeer(
        number: peer.node, mac: peer.mac, endpoint: peer.underlay,
        reached: wayToEndpoint(of: peer, from: member))
    }
    return kind.init(
      OverlayEnd(
        path: path, settings: settings, member: member, peers: peers, interface: interface,
        underlay: underlay))
  }

  private func wayToEndpoint(of peer: PathMember, from member: PathMember) -> OverlayPeer.Way {
    guard !isOnHosts else { return .asked }
    let subnet = segments[peer.segment].subnet
    if let route = nodes[member.node].routes.first(where: { $0.network == subnet }) {
      return .via(route.gateway)
    }
    return .onLink(nodes[peer.node].attachment(to: peer.segment)?.mac ?? peer.mac)
  }

  /// The most that the segments add to a packet's way between two members of a path.
  package func delay(of path: TopologyPath) -> TimeSpan {
    path.crossed.map { segments[$0].shaping }.reduce(.zero) { $0 + $1.delay + $1.jitter }
  }
}
