import Glibc
import LinuxNet
import Packets
import TopologyModel

/// Who changes a host's network, or says what would be changed.
protocol HostMaker: LinkMaker {
  /// Gives a link that was made its address and takes it up.
  mutating func configure(
    _ name: String, index: Int32, address: IPAddress, prefixLength: Int
  ) throws(KernelError)

  /// What comes from `vip` leaves by that interface: to its own network at once, to everybody else by
  /// the gateway. `table` is nobody else's.
  mutating func route(
    from vip: IPAddress, in network: IPNetwork, via gateway: IPAddress, on index: Int32,
    table: UInt32
  ) throws(KernelError)

  /// The VIP may be on that interface from now on.
  mutating func expect(_ vip: IPAddress, on index: Int32) throws
}

/// Which node of which topology a host is, and what it has for that.
struct HostSetup {
  var topology: Topology
  let node: Int
  private(set) var attachments: [HostAttachment]
  private var overlays: [String: (name: String, index: Int32)] = [:]

  /// What a controller may not ask yet.
  struct Untimely: Error, CustomStringConvertible {
    let description: String
  }

  /// Of routes: no number that people or programs choose (rt_tables(5)).
  private static let tables: ClosedRange<UInt32> = 0x4000_0000...0x7fff_ffff

  /// Finds the interfaces; changes nothing.
  init(_ topology: Topology, node: Int) throws {
    self.topology = topology
    self.node = node
    attachments = try HostInterfaces().attachments(of: topology.nodes[node], in: topology)
  }

  var name: String { topology.nodes[node].name }
  var isServer: Bool { topology.nodes[node].role == .server }

  func path(_ name: String) throws -> TopologyPath {
    guard let path = topology.path(named: name) else {
      throw Untimely(description: "there is no path `\(name)` here")
    }
    return path
  }

  /// The host's place on a path, and its interface there.
  func seat(
    on path: TopologyPath
  ) throws -> (member: PathMember, interface: (name: String, index: Int32)) {
    guard let member = path.members.first(where: { $0.node == node }) else {
      throw Untimely(description: "this node is no member of path `\(path.name)`")
    }
    guard path.kind.isOverlay else { return (member, try attachment(to: member.segment)) }
    guard let interface = overlays[path.name] else {
      throw Untimely(description: "the tunnels of `\(path.name)` are not up")
    }
    return (member, interface)
  }

  func attachment(to segment: Int) throws -> (name: String, index: Int32) {
    guard let found = attachments.first(where: { $0.segment == segment }) else {
      throw Untimely(description: "this node is not attached to segment \(segment)")
    }
    return (found.interface, found.index)
  }
}

/// What is made.
extension HostSetup {
  /// The links to segments that are not there.
  mutating func attach(by maker: inout some HostMaker) throws {
    for index in attachments.indices where attachments[index].base != nil {
      try make(&attachments[index], by: &maker)
    }
  }

  private func make(
    _ attachment: inout HostAttachment, by maker: inout some HostMaker
  ) throws {
    let segment = topology.segments[attachment.segment]
    guard let base = attachment.base, let vlan = segment.vlan,
      let address = topology.nodes[node].attachment(to: attachment.segment)?.address,
      let below = try NetlinkSocket().links().first(where: { $0.name == base })
    else { throw Untimely(description: "interface \(attachment.base ?? "") is gone") }
    attachment.index = try maker.make(segment.name, preferring: 0) {
      (index, batch) throws(KernelError) in
      try batch.add(
        VLANLink(
          name: segment.name, index: index, tag: vlan, below: below.index, mtu: segment.mtu))
    }
    try maker.configure(
      segment.name, index: attachment.index, address: address,
      prefixLength: segment.subnet.prefixLength)
    attachment.mac = (try? NetlinkSocket().link(attachment.index).mac) ?? attachment.mac
  }

  /// The tunnels of a path.
  mutating func raise(_ path: TopologyPath, by maker: inout some HostMaker) throws {
    guard let member = path.members.first(where: { $0.node == node }),
      let overlay = topology.overlay(
        of: member, on: path, interface: 0, underlay: try attachment(to: member.segment).index)
    else { return }
    let index = try overlay.build(by: &maker)
    overlays[path.name] = (path.name, index)
    try maker.configure(
      path.name, index: index, address: member.address, prefixLength: path.subnet.prefixLength)
  }

  /// What a server needs to hold the VIP.
  func prepare(_ path: TopologyPath, by maker: inout some HostMaker) throws {
    let (member, interface) = try seat(on: path)
    try maker.expect(path.vip, on: interface.index)
    let attachment = topology.nodes[node].attachment(to: member.segment)
    guard !path.kind.isOverlay, let gateway = attachment?.host?.gateway else { return }
    try maker.route(
      from: path.vip, in: path.subnet, via: gateway, on: interface.index,
      table: HostSetup.tables.randomElement() ?? HostSetup.tables.lowerBound)
  }

  /// Everything, as commands that do it by hand.
  func commands() throws -> [String] {
    var (setup, maker) = (self, try DryNetwork())
    try setup.attach(by: &maker)
    for path in topology.paths where path.members.contains(where: { $0.node == node }) {
      try setup.raise(path, by: &maker)
      if isServer { try setup.prepare(path, by: &maker) }
    }
    return maker.commands
  }
}
