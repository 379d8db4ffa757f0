package import LinuxNet
package import Measurement
package import NamespaceLab
package import NodeAgent
import Packets
package import Records
package import TopologyModel

/// A lab of namespaces.
extension Lab: Site {
  /// Brings the path's tunnels up in all its nodes; on a native path the way that answers have of their
  /// own, if they do.
  package func bringUp(_ path: TopologyPath) throws(KernelError) {
    if path.kind.isOverlay { try bringUpTunnels(of: path) } else { try leadReplies(of: path) }
  }

  private func bringUpTunnels(of path: TopologyPath) throws(KernelError) {
    for member in path.members {
      let preferred = interface(of: member, on: path)
      guard
        let overlay = topology.overlay(
          of: member, on: path, interface: preferred,
          underlay: InterfaceIndex.attachment(member.segment))
      else { continue }
      var maker = LabLinkMaker()
      let interface = try overlay.build(by: &maker)
      try nodes[member.node].perform(maker.batch)
      try configure(
        path.name, index: interface, of: member.node, address: member.address,
        prefixLength: path.subnet.prefixLength)
    }
  }

  /// The kernel keeps one neighbour table for all namespaces, and sweeps it of old entries when there are many.
  /// Probers' own for the VIP are what is measured; those that servers answer by, each in its turn, are pinned
  /// where they would have that happen.
  private func pinMembers(of path: TopologyPath) throws(KernelError) {
    let servers = path.members.count { topology.nodes[$0.node].role == .server }
    let entries = path.members.count * (servers + 1)
    // As few as cannot fill it are not worth asking for.
    guard entries > Lab.fewEntries, try entries > LabCapacity.current().neighboursUnswept / 2
    else { return }
    for member in path.members where topology.nodes[member.node].role == .server {
      var batch = NetlinkBatch()
      for other in path.members where other.node != member.node {
        guard path.kind.isOverlay || other.segment == member.segment else { continue }
        try batch.addPermanentNeighbour(
          other.address, at: other.mac, on: interface(of: member, on: path))
      }
      try nodes[member.node].perform(batch)
    }
  }

  private static let fewEntries = 128

  private func leadReplies(of path: TopologyPath) throws(KernelError) {
    guard let replies = path.replies else { return }
    let number = topology.paths.firstIndex { $0.name == path.name } ?? 0
    for member in path.members where topology.nodes[member.node].role == .server {
      var batch = NetlinkBatch()
      try batch.addVIPRoutes(
        from: path.vip, in: topology.segments[replies.segment].subnet, via: replies.gateway,
        on: InterfaceIndex.attachment(replies.segment), table: 100 + UInt32(number))
      try nodes[member.node].perform(batch)
    }
  }

  /// Who takes part in a path, and how it is judged.
  package func roster(of path: TopologyPath) throws(KernelError) -> PathRoster {
    var recoveries: [Int: NeighbourRecovery] = [:]
    for member in path.members { recoveries[member.node] = try recovery(of: member, on: path) }
    return topology.roster(of: path) { recoveries[$0.node] }
  }

  /// The agents of every node of the path, each of which keeps `recordedFrames` frames for captures.
  /// Packets of the run carry the number `run`.
  package func fleet(
    on path: TopologyPath, run: UInt64, recordedFrames: Int
  ) throws(KernelError) -> any Fleet {
    try pinMembers(of: path)
    return try LocalFleet(path.members.map { NodeID($0.node) }) { (node) throws(KernelError) in
      let member = path.members.first { $0.node == Int(node.rawValue) }!
      var settings = topology.portSettings(
        of: member, on: path,
        interface: (topology.interfaceName(of: member, on: path), interface(of: member, on: path)))
      settings.recordedFrames = recordedFrames
      if path.methods.contains(where: { $0.breaksNetworks }) {
        settings.cable = try cable(of: member, to: member.segment, on: path)
        settings.heartbeatCable = try topology.heartbeatLink(of: path).map {
          (link) throws(KernelError) in try cable(of: member, to: link, on: path)
        }
      }
      return (
        topology.engineSettings(of: member, on: path, StampSession(run: run)),
        try nodes[member.node].run { () throws(KernelError) in try PathPort(settings) }
      )
    }
  }

  /// What connects a member to the switch of `segment`, and the servers of the path that are there.
  private func cable(
    of member: PathMember, to segment: Int, on path: TopologyPath
  ) throws(KernelError) -> Cable {
    let servers = path.members.filter {
      let node = topology.nodes[$0.node]
      return node.role == .server && node.attachment(to: segment) != nil
    }
    return try segments[segment].run { () throws(KernelError) in
      try Cable(
        port: InterfaceIndex.port(member.node),
        servers: servers.map { InterfaceIndex.port($0.node) },
        flags: topology.segments[segment].portFlags,
        isBlocked: path.methods.contains(where: \.partsOneWay))
    }
  }

  private func interface(of member: PathMember, on path: TopologyPath) -> Int32 {
    guard path.kind.isOverlay,
      let index = topology.paths.firstIndex(where: { $0.name == path.name })
    else { return InterfaceIndex.attachment(member.segment) }
    return InterfaceIndex.overlay(index, segments: topology.segments.count)
  }

  /// A meter between two nodes of a path.
  package func meter(
    _ path: TopologyPath, between pair: MeasuredPair, interruption: Interruption
  ) throws(KernelError) -> any LatencyMeter {
    let (sender, reflector) = (
      try socket(of: pair.from, on: path), try socket(of: pair.to, on: path)
    )
    try sender.connect(to: pair.to.address, port: reflector.localPort())
    try reflector.connect(to: pair.from.address, port: sender.localPort())
    return try PathMeter(
      from: PathMeter.End(NodeID(pair.from.node), sender),
      to: PathMeter.End(NodeID(pair.to.node), reflector),
      StampSession(run: UInt64.random(in: 1...UInt64.max)), family: pair.from.address.family,
      interruption: interruption)
  }

  package func transfer(
    _ path: TopologyPath, between pair: MeasuredPair, _ load: IperfClient.Load,
    interruption: Interruption
  ) throws(Iperf.Missing) -> any Transfer {
    LabTransfer(
      iperf: try Iperf.found.get(),
      client: LabTransfer.End(namespace: nodes[pair.from.node], address: pair.from.address),
      server: LabTransfer.End(namespace: nodes[pair.to.node], address: pair.to.address),
      load: load, interruption: interruption)
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
    let interface = topology.interfaceName(of: decider, on: path)
    return try nodes[decider.node].run { () throws(KernelError) in
      LinkSurvey.recovery(interface, family: path.vip.family)
    }
  }

  private func socket(
    of member: PathMember, on path: TopologyPath
  ) throws(KernelError) -> UDPSocket {
    try nodes[member.node].run { () throws(KernelError) in
      try UDPSocket.bound(
        to: member.address, interface: topology.interfaceName(of: member, on: path))
    }
  }

  /// What a path runs over at `member`.
  package func survey(
    _ path: TopologyPath, at member: PathMember
  ) throws(KernelError) -> LinkDescription {
    let segment = topology.segments[member.segment]
    var interfaces = [
      (
        name: topology.interfaceName(of: member, on: path),
        mtu: path.kind.isOverlay ? path.mtu : segment.mtu
      )
    ]
    if path.kind.isOverlay { interfaces.append((segment.name, segment.mtu)) }
    return try nodes[member.node].run { () throws(KernelError) in
      LinkSurvey.survey(
        interfaces, family: path.vip.family, of: topology.nodes[member.node].name)
    }
  }

  /// Only the VIP of a native path is seen by the switch.
  package func follow(_ claim: Claim, on path: TopologyPath) {
    guard !path.kind.isOverlay else { return }
    switches[path.segment]?.follow(
      path.vip, to: claim.to, scheduled: claim.due - path.failover.gap, at: claim.at,
      isTransition: claim.from != nil)
  }

  package func rest() -> [String] {
    let words = controlPlanes.flatMap { $0.rest() }
    return words
      + switches.compactMap { $0 }.flatMap { each in
        each.rest()
        return each.takeFailures()
      }
  }
}
