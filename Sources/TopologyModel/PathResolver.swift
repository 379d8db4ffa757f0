import Packets

/// The part of the resolver that deals with paths.
extension TopologyResolver {
  /// `nil`, with a mistake, when the path lies on no segment.
  mutating func resolvePath(_ path: TopologyDocument.Path, index: Int) -> TopologyPath? {
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
      ? path.subnet?.value ?? OverlayDefaults.subnet(index: index) : segmentSubnet
    let members = resolveMembers(path, index: index, segment: segment, subnet: subnet)
    let isSubnetKnown =
      kind.isOverlay
      ? path.subnet != nil || !path.overlayKeys.contains { $0.value == "subnet" }
      : document.segments[segment].subnet != nil
    if isSubnetKnown {
      checkVIP(path, subject: subject, subnet: subnet, members: members)
    }
    if allNodesAttached, members.count(where: { nodes[$0.node].role == .server }) < 2 {
      mistakes.add(
        "\(subject): segment `\(segments[segment].name)` has fewer than two servers, so the VIP "
          + "could not move; attach another", at: path.name.place)
    }
    return TopologyPath(
      name: path.name.value, kind: kind, segment: segment,
      vip: path.vip?.value ?? IPv4Address(rawValue: 0), subnet: subnet,
      mtu: resolveMTU(path, kind: kind, subject: subject, underlay: segments[segment].mtu),
      overlay: kind.isOverlay ? resolveOverlay(path, kind: kind, subject: subject) : nil,
      members: members)
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
    _ path: TopologyDocument.Path, index: Int, segment: Int, subnet: IPv4Network
  ) -> [PathMember] {
    let known = nodes.map(\.name)
    for (node, _) in path.addresses where !known.contains(node.value) {
      mistakes.add(unknownNode(node.value, path, "addresses", known), at: node.place)
    }
    for (node, _) in path.macs where !known.contains(node.value) {
      mistakes.add(unknownNode(node.value, path, "macs", known), at: node.place)
    }
    return nodes.enumerated().compactMap { nodeIndex, node in
      guard let attachment = node.attachment(to: segment) else { return nil }
      guard path.kind?.value.isOverlay == true else {
        return PathMember(
          node: nodeIndex, address: attachment.address, mac: attachment.mac,
          underlay: attachment.address)
      }
      let address = path.addresses.first { $0.node.value == node.name }?.address
      let mac = path.macs.first { $0.node.value == node.name }?.mac
      if let mac, mac.value.isGroup || mac.value == .zero {
        mistakes.add(
          "path `\(path.name.value)`: macs: \(mac.value) is not a unicast address", at: mac.place)
      }
      return PathMember(
        node: nodeIndex,
        address: address?.value
          ?? OverlayDefaults.address(
            in: subnet, under: segments[segment].subnet, underlay: attachment.address,
            nodeIndex: nodeIndex),
        mac: mac?.value
          ?? .local(group: MACGroup.overlay(index), member: UInt16(clamping: nodeIndex + 1)),
        underlay: attachment.address)
    }
  }

  private func unknownNode(
    _ name: String, _ path: TopologyDocument.Path, _ key: String, _ known: [String]
  ) -> String {
    "path `\(path.name.value)`: \(key): there is no node `\(name)`; "
      + suggestion(for: name, among: known)
  }

  /// The VIP and the members' addresses fit the subnet, and none is there twice.
  private mutating func checkVIP(
    _ path: TopologyDocument.Path, subject: String, subnet: IPv4Network, members: [PathMember]
  ) {
    if let vip = path.vip {
      if !subnet.isAssignable(vip.value) {
        mistakes.add(
          "\(subject): vip: \(vip.value) is not a host address of \(subnet)", at: vip.place)
      }
      if let owner = members.first(where: { $0.address == vip.value }) {
        mistakes.add(
          "\(subject): vip: \(vip.value) is the own address of `\(nodes[owner.node].name)`; "
            + "a VIP must be free to move", at: vip.place)
      }
    }
    guard path.kind?.value.isOverlay == true else { return }
    var addresses: [IPv4Address: String] = [:]
    var macs: [MACAddress: String] = [:]
    for member in members {
      let name = nodes[member.node].name
      let place = path.addresses.first { $0.node.value == name }?.address.place ?? path.name.place
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
          "\(subject): `\(name)` and `\(other)` both get the MAC address \(member.mac)",
          at: path.macs.first { $0.node.value == name }?.mac.place ?? path.name.place)
      }
    }
  }

  private mutating func resolveMTU(
    _ path: TopologyDocument.Path, kind: PathKind, subject: String, underlay: Int
  ) -> Int {
    guard kind.isOverlay else { return underlay }
    let most = underlay - PathKind.overheadOverIPv4
    guard let mtu = path.mtu else { return most }
    if !(OverlayDefaults.leastMTU...most).contains(mtu.value) {
      mistakes.add(
        "\(subject): mtu: found \(mtu.value), needs \(OverlayDefaults.leastMTU) to \(most): the "
          + "segment's \(underlay) less \(PathKind.overheadOverIPv4) for the encapsulation",
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

  /// 192.168.0.0/24 for the first path, 192.168.1.0/24 for the second.
  static func subnet(index: Int) -> IPv4Network {
    IPv4Network(
      containing: IPv4Address(rawValue: 0xc0a8_0000 | UInt32(index & 0xff) << 8),
      prefixLength: 24)
  }

  /// The underlay address's host number where the subnet has room for it, otherwise the node's
  /// place in the file.
  static func address(
    in subnet: IPv4Network, under segment: IPv4Network, underlay: IPv4Address, nodeIndex: Int
  ) -> IPv4Address {
    let fits = subnet.hostMask >= segment.hostMask
    return subnet.host(fits ? segment.hostNumber(of: underlay) : UInt32(nodeIndex + 1))
  }
}
