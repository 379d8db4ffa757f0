import Packets
package import TopologyModel

/// One node's end of a path, as the files for it need it.
package struct ExportedEnd: Sendable {
  struct Peer: Sendable {
    let number: Int
    let name: String
    /// On the path.
    let mac: MACAddress
    let address: IPAddress
    /// Its tunnel endpoint, and the router before it where there is one.
    let endpoint: IPAddress
    let gateway: IPAddress?
    let isServer: Bool
  }

  let topology: String
  let path: TopologyPath
  package let node: String
  package let isServer: Bool
  /// Its place among the servers.
  let rank: Int
  let member: PathMember
  /// The interface below, by the name that the lab gives it.
  let underlay: String
  let peers: [Peer]
  let announceEvery: TimeSpan

  /// `nil` for a node that does not take part.
  package init?(_ node: Int, on path: TopologyPath, of topology: Topology) {
    guard let member = path.members.first(where: { $0.node == node }) else { return nil }
    self.topology = topology.name
    self.path = path
    self.member = member
    self.node = topology.nodes[node].name
    let servers = path.members.filter { topology.nodes[$0.node].role == .server }.map(\.node)
    isServer = servers.contains(node)
    rank = servers.firstIndex(of: node) ?? servers.count
    underlay = topology.segments[member.segment].name
    announceEvery = path.failover.announceEvery
    let routes = topology.nodes[node].routes
    peers = path.members.filter { $0.node != node }.map { peer in
      let subnet = topology.segments[peer.segment].subnet
      return Peer(
        number: peer.node, name: topology.nodes[peer.node].name, mac: peer.mac,
        address: peer.address, endpoint: peer.underlay,
        gateway: routes.first { $0.network == subnet }?.gateway,
        isServer: servers.contains(peer.node))
    }
  }

  /// The name of the path's interface: its own, or on a native path that of the segment.
  var interface: String { path.kind.isOverlay ? path.name : underlay }

  /// `192.168.0.20/24`.
  var address: String { "\(member.address)/\(path.subnet.prefixLength)" }

  /// The name of the GENEVE device to a peer: 15 characters at most.
  func tunnel(to peer: Peer) -> String { "gnv\(path.overlay?.vni ?? 0).\(peer.number)" }

  /// In a comment at the top of a file.
  var title: String {
    let kind = path.kind.rawValue.uppercased()
    let vni = path.overlay.map { " \($0.vni), UDP port \($0.port)" } ?? ""
    return "\(path.name) of \(topology) at \(node): \(kind)\(vni), by `vipjuggler export`"
  }

  /// Lines of a comment.
  static func comment(_ lines: [String]) -> String {
    lines.map { $0.isEmpty ? "#" : "# \($0)" }.joined(separator: "\n") + "\n"
  }

  /// What no form takes over from the lab.
  var leftOut: [String] {
    [
      "Not taken over from the lab: its own addresses below, which this machine has already, and the",
      "permanent neighbour entries of the peers' endpoints, which real machines resolve.",
    ]
  }
}

extension ExportedEnd {
  /// The files for this node.
  package func files(as form: ExportForm) throws(ExportRefusal) -> [ExportedFile] {
    if form != .keepalived && !path.kind.isOverlay {
      throw ExportRefusal(
        description: "path `\(path.name)` is native: there is nothing to build for it. "
          + "--as keepalived says how its VIP moves")
    }
    return switch form {
    case .script: ScriptExport(self).files
    case .networkd: NetworkdExport(self).files
    case .ifupdown2: try Ifupdown2Export(self).files()
    case .keepalived: try KeepalivedExport(self).files()
    }
  }
}
