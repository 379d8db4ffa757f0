import Packets

/// The part of the resolver that deals with paths.
extension TopologyResolver {
  /// `nil`, with a mistake, when the path lies on no segment; `standard` is how the VIP moves where
  /// the path says nothing.
  mutating func resolvePath(
    _ path: TopologyDocument.Path, index: Int, standard: FailoverSettings
  ) -> TopologyPath? {
    let subject = "path `\(path.name.value)`"
    guard let segment = segmentIndex(of: path, subject: subject) else { return nil }
    let kind = path.kind?.value ?? .native
    if kind == .native {
      for key in path.overlayKeys {
        mistakes.add(
          "\(subject): `\(key.value)` belongs to an overlay; add `kind: vxlan` or take the key out",
          at: key.place)
      }
    }
    let segmentSubnet = segments[segment].subnet
    let subnet =
      kind.isOverlay
      ? path.subnet?.value
        ?? OverlayDefaults.subnet(index: index, family: path.vip?.value.family ?? .v4)
      : segmentSubnet
    let members = resolveMembers(path, index: index, segment: segment, subnet: subnet)
    let isSubnetKnown =
      kind.isOverlay
      ? path.subnet != nil || !path.overlayKeys.contains { $0.value == "subnet" }
      : document.segments[segment].subnet != nil
    if kind.isOverlay, let kept = subnet.reservation {
      mistakes.add(
        "\(subject): subnet: \(subnet) is \(kept); choose another",
        at: path.subnet?.place ?? path.name.place)
    }
    if isSubnetKnown {
      checkVIP(path, subject: subject, subnet: subnet, members: members)
    }
    let servers = members.count { nodes[$0.node].role == .server }
    if allNodesAttached, servers < 2 {
      mistakes.add(
        "\(subject): segment `\(segments[segment].name)` has fewer than two servers, so the VIP "
          + "could not move; attach another", at: path.name.place)
    }
    let failover = resolveFailover(
      of: path, subject: subject, standard: standard, family: subnet.family)
    if let fault = failover.faults.first(where: { $0.name.isOfNetwork }),
      nodes.contains(where: { $0.reach != nil })
    {
      mistakes.add(
        "\(subject): faults: \(fault.name.rawValue) is of labs: the network of machines is not this program's; take crash",
        at: document.failover.faults?.first?.place ?? path.name.place)
    }
    if allNodesAttached, failover.method.hasHeartbeats, servers > 2 {
      mistakes.add(
        "\(subject): `method: \(failover.method.rawValue)` is of two servers, and there are \(servers); take `vrrp`, or "
          + "make clients of the others", at: path.name.place)
    }
    if failover.method == .carp, subnet.family == .v6 {
      mistakes.add(
        "\(subject): `method: carp` is of IPv4: ucarp knows no other; take `vrrp` or `heartbeat`",
        at: path.name.place)
    }
    checkResources(
      failover, of: path,
      at: (path.failover?.method ?? document.failover.method)?.place ?? path.name.place)
    checkPriorities(failover, servers: servers, subject: subject, at: path.name.place)
    checkHeartbeatLink(failover, members, subject: subject, at: path.name.place)
    checkWays(of: path, members, isOverlay: kind.isOverlay)
    let crossed = routing.segments(between: Set(members.map(\.segment)).union([segment]))
    return TopologyPath(
      name: path.name.value, kind: kind, segment: segment,
      vip: path.vip?.value ?? subnet.address, subnet: subnet,
      mtu: resolveMTU(
        path, kind: kind, subject: subject, segment: segment, subnet: subnet, members: members,
        crossed: crossed),
      overlay: kind.isOverlay ? resolveOverlay(path, kind: kind, subject: subject) : nil,
      members: members, crossed: crossed,
      replies: resolveReplies(
        of: path, kind: kind, segment: segment, members, subject: subject), failover: failover,
      methods: [failover])
  }

  private mutating func resolveFailover(
    of path: TopologyDocument.Path, subject: String, standard: FailoverSettings,
    family: IPFamily
  ) -> FailoverSettings {
    var own = standard
    if let written = path.failover {
      let before = mistakes
      own = resolveFailover(
        written.over(document.failover), subject: "\(subject): failover")
      // What is wrong in the settings of all paths has been said once.
      mistakes = before.adding(mistakes)
    }
    own.family = family
    return own
  }

  /// Packets between members on different segments go through routers both ways: not where one of
  /// them is on the other's segment, too.
  private mutating func checkWays(
    of path: TopologyDocument.Path, _ members: [PathMember], isOverlay: Bool
  ) {
    let ends = members.filter { nodes[$0.node].role != .router }
    let first = Dictionary(ends.map { ($0.segment, $0) }) { first, _ in first }
    for member in members where nodes[member.node].role == .server || isOverlay {
      let others = nodes[member.node].attachments.map(\.segment).filter { $0 != member.segment }
      guard let aside = others.compactMap({ first[$0] }).min(by: { $0.node < $1.node }) else {
        continue
      }
      mistakes.add(
        "path `\(path.name.value)`: `\(nodes[member.node].name)` is also on segment "
          + "`\(segments[aside.segment].name)` of `\(nodes[aside.node].name)`, and what it answers "
          + "would not go back through the router; detach one of them", at: path.name.place)
    }
  }

  /// Whether every node is where the file wants it; where it is not, that is the mistake.
  private var allNodesAttached: Bool {
    zip(document.nodes, nodes).allSatisfy {
      !$1.attachments.isEmpty && $0.attachments.count == $1.attachments.count
    }
  }

  private mutating func segmentIndex(of path: TopologyDocument.Path, subject: String) -> Int? {
    if let name = path.segment {
      return segmentIndex(name, subject: "\(subject): segment")
    }
    if segments.count > 1 {
      mistakes.add(
        "\(subject): there are several segments; say which with `segment: \(segments[0].name)`",
        at: path.name.place)
    }
    return segments.count == 1 ? 0 : nil
  }

  private mutating func resolveMembers(
    _ path: TopologyDocument.Path, index: Int, segment: Int, subnet: IPNetwork
  ) -> [PathMember] {
    let named = [
      ("addresses", path.addresses.map(\.node)), ("macs", path.macs.map(\.node)),
    ]
    let known = named.allSatisfy { $0.1.isEmpty } ? [] : Set(nodes.map(\.name))
    for (key, names) in named {
      for node in names where !known.contains(node.value) {
        guard !mistakes.isFull else {
          mistakes.add(at: node.place)
          continue
        }
        mistakes.add(unknownNode(node.value, path, key), at: node.place)
      }
    }
    let addresses = Dictionary(path.addresses.map { ($0.node.value, $0.address) }) { $1 }
    let macs = Dictionary(path.macs.map { ($0.node.value, $0.mac) }) { $1 }
    let places = MemberPlace.places(on: segment, nodes: nodes, routing)
    guard path.kind?.value.isOverlay == true else {
      return places.map { place in
        let attachment = place.attachment
        return PathMember(
          node: place.node, segment: attachment.segment, gateway: place.gateway,
          address: attachment.address, mac: attachment.mac, underlay: attachment.address)
      }
    }
    return places.filter { nodes[$0.node].role != .router }.map { place in
      let (nodeIndex, node, attachment) = (place.node, nodes[place.node], place.attachment)
      let (address, mac) = (addresses[node.name], macs[node.name])
      if let mac, mac.value.isGroup || mac.value == .zero {
        mistakes.add(
          "path `\(path.name.value)`: macs: \(mac.value) is not a unicast address", at: mac.place)
      }
      if let mac, mac.value.isVirtualRouter {
        mistakes.add(
          "path `\(path.name.value)`: macs: \(mac.value) is the MAC address of a VRRP virtual "
            + "router, which moves with the VIP; a static FDB entry would pin it to one node",
          at: mac.place)
      }
      return PathMember(
        node: nodeIndex, segment: attachment.segment, gateway: nil,
        address: address?.value
          ?? OverlayDefaults.address(
            in: subnet, under: segments[attachment.segment].subnet, underlay: attachment.address,
            nodeIndex: nodeIndex),
        mac: mac?.value
          ?? .local(group: MACGroup.overlay(index), member: UInt16(clamping: nodeIndex + 1)),
        underlay: attachment.address)
    }
  }

  private func unknownNode(
    _ name: String, _ path: TopologyDocument.Path, _ key: String
  ) -> String {
    "path `\(path.name.value)`: \(key): there is no node `\(name)`; "
      + suggestion(for: name, among: nodes.map(\.name))
  }

  /// The VIP and the members' addresses fit the subnet, and none is there twice.
  private mutating func checkVIP(
    _ path: TopologyDocument.Path, subject: String, subnet: IPNetwork, members: [PathMember]
  ) {
    if let vip = path.vip {
      if !subnet.isAssignable(vip.value) {
        mistakes.add(
          "\(subject): vip: \(vip.value) is not a host address of \(subnet)", at: vip.place)
      }
      let owner =
        members.first { $0.address == vip.value }.map { nodes[$0.node] }
        ?? nodes.first { $0.attachments.contains { $0.address == vip.value } }
      if let owner {
        mistakes.add(
          "\(subject): vip: \(vip.value) is the own address of `\(owner.name)`; "
            + "a VIP must be free to move", at: vip.place)
      }
    }
    guard path.kind?.value.isOverlay == true else { return }
    let places = Dictionary(path.addresses.map { ($0.node.value, $0.address.place) }) { $1 }
    var addresses: [IPAddress: String] = [:]
    var macs: [MACAddress: String] = [:]
    for member in members {
      let name = nodes[member.node].name
      let place = places[name] ?? path.name.place
      if !subnet.isAssignable(member.address) {
        mistakes.add(
          "\(subject): `\(name)` would get \(member.address), not a host address of \(subnet); "
            + "set it with `addresses: { \(name): … }`", at: place)
      }
      if let other = addresses.updateValue(name, forKey: member.address) {
        mistakes.add(
          "\(subject): `\(name)` and `\(other)` both get \(member.address); "
            + "set one with `addresses: { \(name): … }`", at: place)
      }
      if let other = macs.updateValue(name, forKey: member.mac) {
        mistakes.add(
          "\(subject): `\(name)` and `\(other)` both get the MAC address \(member.mac); one that "
            + "moves between nodes cannot be in the static FDB entries of an overlay",
          at: path.macs.first { $0.node.value == name }?.mac.place ?? path.name.place)
      }
    }
  }

  private mutating func resolveMTU(
    _ path: TopologyDocument.Path, kind: PathKind, subject: String, segment: Int,
    subnet: IPNetwork, members: [PathMember], crossed: Set<Int>
  ) -> Int {
    guard kind.isOverlay, let first = members.first else { return segments[segment].mtu }
    let narrowest = crossed.map { segments[$0] }.min { $0.mtu < $1.mtu } ?? segments[segment]
    let underlay = narrowest.mtu
    let overhead = PathKind.overhead(over: first.underlay.family)
    let most = underlay - overhead
    let least = subnet.family == .v4 ? OverlayDefaults.leastMTU : SegmentLimits.leastMTUOfIPv6
    guard least <= most else {
      mistakes.add(
        "\(subject): the MTU of segment `\(narrowest.name)`, \(underlay), cannot carry it: \(overhead) bytes of "
          + "encapsulation leave \(most), and \(subnet.family.rawValue) needs \(least)",
        at: path.name.place)
      return most
    }
    guard let mtu = path.mtu else { return most }
    if !(least...most).contains(mtu.value) {
      mistakes.add(
        "\(subject): mtu: found \(mtu.value), needs \(least) to \(most): "
          + "\(underlay) of segment `\(narrowest.name)` less \(overhead) for the encapsulation",
        at: mtu.place)
    }
    return mtu.value
  }

  private mutating func resolveOverlay(
    _ path: TopologyDocument.Path, kind: PathKind, subject: String
  ) -> OverlaySettings {
    if let vni = path.vni, !OverlayDefaults.vnis.contains(vni.value) {
      mistakes.add(
        "\(subject): vni: found \(vni.value), needs \(OverlayDefaults.vnis.described) (24 bits)",
        at: vni.place)
    }
    let port = resolvePort(path.port, subject: subject, orDefault: OverlayDefaults.port(of: kind))
    return OverlaySettings(
      vni: path.vni?.value ?? OverlayDefaults.vni, port: port,
      udpChecksum: path.udpChecksum?.value ?? true)
  }

  mutating func resolvePort(
    _ port: Located<Int>?, subject: String, orDefault standard: UInt16
  ) -> UInt16 {
    guard let port else { return standard }
    guard let value = UInt16(exactly: port.value), value > 0 else {
      mistakes.add(
        "\(subject): port: found \(port.value), needs 1 to \(UInt16.max)", at: port.place)
      return standard
    }
    return value
  }
}

/// What an overlay gets where the file says nothing.
enum OverlayDefaults {
  static let vni = 42
  static let vnis = 1...0xff_ffff
  /// Room for a probe in one packet.
  static let leastMTU = 128

  /// IANA's ports for VXLAN (RFC 7348) and GENEVE (RFC 8926).
  static func port(of kind: PathKind) -> UInt16 { kind == .geneve ? 6081 : 4789 }

  /// 192.168.0.0/24 or fd42::/64 for the first path, 192.168.1.0/24 or fd42:0:0:1::/64 for the
  /// second.
  static func subnet(index: Int, family: IPFamily) -> IPNetwork {
    let number = UInt128(index & 0xff)
    return switch family {
    case .v4:
      IPNetwork(
        containing: IPAddress(bits: 0xc0a8_0000 | number << 8, family: .v4), prefixLength: 24)
    case .v6:
      IPNetwork(
        containing: IPAddress(bits: 0xfd42 << 112 | number << 64, family: .v6), prefixLength: 64)
    }
  }

  /// The underlay address's host number where the subnet has room for it, otherwise the node's
  /// place in the file.
  static func address(
    in subnet: IPNetwork, under segment: IPNetwork, underlay: IPAddress, nodeIndex: Int
  ) -> IPAddress {
    let fits = subnet.hostMask >= segment.hostMask
    return subnet.host(fits ? segment.hostNumber(of: underlay) : UInt128(nodeIndex + 1))
  }
}
