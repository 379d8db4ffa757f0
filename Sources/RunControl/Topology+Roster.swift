import Measurement
import NodeAgent
import Packets
import TopologyModel

extension Topology {
  /// Who takes part in a path, and how it is judged; `recovery` is what the node that decides for a
  /// member does when nobody tells it of a move.
  func roster(
    of path: TopologyPath, recovery: (PathMember) -> NeighbourRecovery?
  ) -> PathRoster {
    let members = path.members.map { member in
      PathRoster.Member(
        node: NodeID(member.node), name: nodes[member.node].name, role: nodes[member.node].role,
        mac: member.mac, gateway: member.gateway.map { NodeID($0) }, recovery: recovery(member))
    }
    let longest = probe.servedWithin + delay(of: path)
    var roster = PathRoster(
      path: path.name, vip: path.vip, members: members, interval: probe.every,
      lead: min(path.failover.every / 10, longest), gap: path.failover.gap,
      stuckAfter: path.failover.stuckAfter, probe: probe.kind)
    if path.failover.method.isOfDaemons { roster.detection = path.failover.detection }
    return roster
  }
}
