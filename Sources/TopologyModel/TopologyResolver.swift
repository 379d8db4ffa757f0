import Packets

/// Fills in defaults and holds the parts of a document against each other.
struct TopologyResolver {
  let document: TopologyDocument
  var mistakes: Mistakes
  var segments: [Segment] = []
  var nodes: [TopologyNode] = []
  var routing = Routing(segments: [], nodes: [])

  init(document: TopologyDocument, mistakes: Mistakes) {
    self.document = document
    self.mistakes = mistakes
  }

  /// `nil` when there are mistakes.
  mutating func resolve(name: String) -> Topology? {
    checkNames()
    checkHosts()
    segments = document.segments.enumerated().map { resolveSegment($0.element, index: $0.offset) }
    nodes = document.nodes.enumerated().map { resolveNode($0.element, index: $0.offset) }
    routing = Routing(segments: segments, nodes: nodes)
    nodes = routing.routed
    checkSubnets()
    checkAddresses()
    let failover = resolveFailover(document.failover)
    let paths = document.paths.enumerated().compactMap {
      resolvePath($0.element, index: $0.offset, standard: failover)
    }
    checkOverlaysApart(paths)
    checkRobotsApart()
    checkClients(of: paths)
    let probe = resolveProbe(failover, paths: paths)
    checkReplies(of: paths, probe)
    guard mistakes.isEmpty else { return nil }
    return Topology(
      name: name, seed: document.seed?.value, segments: segments, nodes: nodes, paths: paths,
      failover: failover, probe: probe)
  }

  private mutating func checkNames() {
    if let name = document.name,
      !SegmentLimits.nameLengths.contains(name.value.count)
        || name.value.contains(where: { $0.isNewline || $0.asciiValue.map { $0 < 32 } ?? false })
    {
      mistakes.add(
        "topology: name: needs \(SegmentLimits.nameLengths.described) printable characters",
        at: name.place)
    }
    let interfaces = document.segments.map(\.name) + document.paths.map(\.name)
    for name in interfaces + document.nodes.map(\.name) {
      if let objection = InterfaceName.objection(to: name.value) {
        mistakes.add(objection, at: name.place)
      }
    }
    let segmentNames = Set(document.segments.map(\.name.value))
    for path in document.paths where segmentNames.contains(path.name.value) {
      mistakes.add(
        "path `\(path.name.value)`: a segment has the same name, and both would name an interface "
          + "of a node; rename one", at: path.name.place)
    }
  }

  private mutating func resolveSegment(_ segment: TopologyDocument.Segment, index: Int) -> Segment {
    let name = segment.name.value
    let family = segment.subnet?.value.family ?? .v4
    let mtus = SegmentLimits.mtu(of: family)
    if let mtu = segment.mtu, !mtus.contains(mtu.value) {
      mistakes.add(
        "segment `\(name)`: mtu: found \(mtu.value), needs \(mtus.described) bytes",
        at: mtu.place)
    }
    let longestPrefix = family.width - SegmentLimits.leastHostBits
    if let subnet = segment.subnet, subnet.value.prefixLength > longestPrefix {
      mistakes.add(
        "segment `\(name)`: subnet: \(subnet.value) has no room for two servers; "
          + "/\(longestPrefix) is the smallest", at: subnet.place)
    }
    let vlan = resolveVLAN(of: segment)
    let isMade = isOnHosts && vlan != nil
    return Segment(
      name: name, subnet: segment.subnet?.value ?? .placeholder,
      switchModel: resolveSwitch(segment),
      mtu: segment.mtu?.value
        ?? (isMade ? HostInterface.defaultVLANMTU : SegmentLimits.defaultMTU),
      shaping: resolveShaping(segment), vlan: vlan)
  }

  private mutating func resolveNode(_ node: TopologyDocument.Node, index: Int) -> TopologyNode {
    if let role = node.role, role.value == .router, node.attachments.count < 2 {
      mistakes.add(
        "node `\(node.name.value)`: role: a router forwards between segments and is on "
          + "\(node.attachments.count); attach it to another", at: role.place)
    }
    let attachments: [Attachment] = node.attachments.compactMap { attachment in
      let subject = "node `\(node.name.value)`: on"
      guard let segment = segmentIndex(attachment.segment, subject: subject) else { return nil }
      return Attachment(
        segment: segment, address: attachment.address.value, nodeIndex: index,
        host: node.reach.map { _ in
          HostInterface(
            name: attachment.interface?.value, isExisting: attachment.usesExisting,
            gateway: attachment.gateway?.value)
        })
    }
    return TopologyNode(
      name: node.name.value, role: node.role?.value ?? .server,
      // In the order of the segments, whichever the node names them in, as records have them.
      attachments: attachments.sorted { $0.segment < $1.segment },
      neighbourSettings: node.neighbourSettings, reach: node.reach?.value)
  }

  /// The index of the segment called `name`, or `nil` with a mistake.
  mutating func segmentIndex(_ name: Located<String>, subject: String) -> Int? {
    if let index = document.segments.firstIndex(where: { $0.name.value == name.value }) {
      return index
    }
    let known = document.segments.map(\.name.value)
    mistakes.add(
      "\(subject): there is no segment `\(name.value)`; \(suggestion(for: name.value, among: known))",
      at: name.place)
    return nil
  }

  /// Every segment's subnet is one that hosts can have, and its own.
  private mutating func checkSubnets() {
    for (index, segment) in document.segments.enumerated() {
      guard let subnet = segment.subnet else { continue }
      let subject = "segment `\(segment.name.value)`: subnet"
      if let kind = subnet.value.reservation {
        mistakes.add(
          "\(subject): \(subnet.value) is \(kind); choose another", at: subnet.place)
      }
      if let other = document.segments[..<index].first(where: {
        $0.subnet.map { $0.value.overlaps(subnet.value) } ?? false
      }) {
        mistakes.add(
          "\(subject): \(subnet.value) overlaps the subnet of segment `\(other.name.value)`; choose "
            + "another", at: subnet.place)
      }
    }
  }

  /// Every node's address lies in its segment, and no two are the same.
  private mutating func checkAddresses() {
    var owners: [IPAddress: String] = [:]
    for node in document.nodes {
      for attachment in node.attachments {
        let (segment, address) = (attachment.segment, attachment.address)
        let subject = "node `\(node.name.value)`: on: \(segment.value)"
        let subnet = document.segments.first { $0.name.value == segment.value }?.subnet?.value
        if let subnet, !subnet.isAssignable(address.value) {
          mistakes.add(
            "\(subject): \(address.value) is not a host address of \(subnet)", at: address.place)
        }
        if let owner = owners.updateValue(node.name.value, forKey: address.value) {
          mistakes.add(
            "\(subject): \(address.value) is the address of `\(owner)` already", at: address.place)
        }
      }
    }
  }

  /// A client that probes nothing would make a comparison without it.
  private mutating func checkClients(of paths: [TopologyPath]) {
    guard paths.count == document.paths.count else { return }
    let members = paths.memberNodes
    for (index, node) in nodes.enumerated()
    where node.role == .client && !node.attachments.isEmpty && !members.contains(index) {
      mistakes.add(
        "node `\(node.name)`: this client is on the segment of no path, and no router leads from it to "
          + "one; attach it, or a router (`role: router`) between",
        at: document.nodes[index].name.place)
    }
  }

  private mutating func checkOverlaysApart(_ paths: [TopologyPath]) {
    for (index, path) in paths.enumerated() {
      if let other = paths[..<index].first(where: { $0.vip == path.vip }) {
        mistakes.add(
          "path `\(path.name)`: \(path.vip) is the VIP of `\(other.name)` already; choose another",
          at: document.paths.first { $0.name.value == path.name }?.vip?.place ?? .start)
      }
      guard let overlay = path.overlay,
        let place = document.paths.first(where: { $0.name.value == path.name })?.name.place
      else { continue }
      for segment in segments where segment.subnet.overlaps(path.subnet) {
        mistakes.add(
          "path `\(path.name)`: subnet \(path.subnet) overlaps \(segment.subnet) of segment "
            + "`\(segment.name)`; choose another", at: place)
      }
      for other in paths[..<index] {
        guard let taken = other.overlay else { continue }
        if other.subnet.overlaps(path.subnet) {
          mistakes.add(
            "path `\(path.name)`: subnet \(path.subnet) overlaps \(other.subnet) of path "
              + "`\(other.name)`; choose another", at: place)
        }
        if taken.port == overlay.port, other.kind != path.kind || taken.vni == overlay.vni {
          mistakes.add(
            "path `\(path.name)`: VNI \(overlay.vni) on UDP port \(overlay.port) collides with "
              + "path `\(other.name)`; set another `vni` or `port`", at: place)
        }
      }
    }
  }
}

/// The range of what a segment may be.
enum SegmentLimits {
  /// IPv4's least MTU (RFC 791) is 68, and a probe and its encapsulation need more; 65535 is what
  /// a veth takes.
  static func mtu(of family: IPFamily) -> ClosedRange<Int> {
    (family == .v4 ? 256 : leastMTUOfIPv6)...65_535
  }
  /// RFC 8200, section 5.
  static let leastMTUOfIPv6 = 1280
  static let defaultMTU = 1500
  /// Room for two servers.
  static let leastHostBits = 2
  static let nameLengths = 1...64
  static let longestDelay = TimeSpan.seconds(1)
  /// By an impairment.
  static let addedDelays = TimeSpan.microseconds(1)...longestDelay
  /// What one token bucket takes, in bits per second.
  static let rates: ClosedRange<UInt64> = 64_000...16_000_000_000
  /// The tags of IEEE 802.1Q that may be used.
  static let vlans = 1...4094
}

/// Keeps the MAC addresses of segments and overlays apart: the second octet.
enum MACGroup {
  static func segment(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: index) & 0x7f }
  static func overlay(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: index) | 0x80 }
}

extension IPNetwork {
  /// Stands for a subnet that could not be read; the mistake is noted already.
  fileprivate static let placeholder = IPNetwork(
    containing: IPFamily.v4.unspecified,
    prefixLength: IPFamily.v4.width - SegmentLimits.leastHostBits)
}

extension ClosedRange where Bound == Int {
  var described: String { "\(lowerBound) to \(upperBound)" }
}
