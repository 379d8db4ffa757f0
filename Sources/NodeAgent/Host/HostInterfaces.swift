import Glibc
import LinuxNet
import Packets
import TopologyModel

/// What interfaces a host has for a node of a topology.
struct HostInterfaces {
  private let links: [LinkView]
  private let netlink: NetlinkSocket

  init() throws(KernelError) {
    netlink = try NetlinkSocket()
    links = try netlink.links()
  }

  /// Those by which `node` attaches; of one that is still to be made, all but its index. Throws where
  /// there is none, or more than one.
  func attachments(of node: TopologyNode, in topology: Topology) throws -> [HostAttachment] {
    for path in topology.paths where path.kind.isOverlay {
      let isMember = path.members.contains { topology.nodes[$0.node].name == node.name }
      if isMember { try checkFree(path.name, "path") }
    }
    return try node.attachments.map { attachment in
      let segment = topology.segments[attachment.segment]
      let host = attachment.host ?? HostInterface(name: nil, isExisting: false)
      guard host.isExisting else { return try planned(attachment, segment, host) }
      let link = try existing(attachment.address, host)
      guard link.mtu >= segment.mtu else {
        throw Unfit(
          description: "interface \(link.name) has an MTU of \(link.mtu), and segment "
            + "`\(segment.name)` one of \(segment.mtu); set `mtu: \(link.mtu)` at the segment")
      }
      guard let mac = link.mac else {
        throw Unfit(description: "interface \(link.name) has no MAC address: no VIP moves over it")
      }
      return HostAttachment(
        segment: attachment.segment, interface: link.name, index: link.index, mac: mac,
        mtu: segment.mtu, base: nil)
    }
  }

  /// That no interface has the name that one is to get.
  private func checkFree(_ name: String, _ what: String) throws {
    guard let taken = links.first(where: { $0.name == name }) else { return }
    throw Unfit(description: "\(taken.takenWords); or rename the \(what)")
  }

  /// Why a host cannot be a node.
  struct Unfit: Error, CustomStringConvertible {
    let description: String
  }

  private func planned(
    _ attachment: Attachment, _ segment: Segment, _ host: HostInterface
  ) throws -> HostAttachment {
    let base = try base(host)
    try checkFree(segment.name, "segment")
    if try netlink.hasAddress(attachment.address, on: nil) {
      throw Unfit(
        description: "the host has \(attachment.address) already; say `existing: true`, or choose "
          + "another address")
    }
    guard base.mtu >= segment.mtu else {
      throw Unfit(
        description: "interface \(base.name) has an MTU of \(base.mtu), less than the "
          + "\(segment.mtu) of segment `\(segment.name)`")
    }
    guard let mac = base.mac else {
      throw Unfit(description: "interface \(base.name) has no MAC address and takes no VLAN")
    }
    return HostAttachment(
      segment: attachment.segment, interface: segment.name, index: 0, mac: mac, mtu: segment.mtu,
      base: base.name)
  }

  private func base(_ host: HostInterface) throws -> LinkView {
    guard let pattern = host.name else {
      // Documentation's own network (RFC 5737) is reached by nothing but the default route.
      let elsewhere = IPAddress("192.0.2.1")!
      guard let way = try? netlink.route(to: elsewhere),
        let link = links.first(where: { $0.index == way.interface })
      else {
        throw Unfit(
          description: "no default route tells which interface to use; name it with `interface`: "
            + names(of: links))
      }
      return link
    }
    let found = links.filter { host.matches($0.name) }
    guard found.count == 1 else { throw misfit(pattern, found) }
    return found[0]
  }

  private func existing(_ address: IPAddress, _ host: HostInterface) throws -> LinkView {
    let candidates = host.name == nil ? links : links.filter { host.matches($0.name) }
    if let pattern = host.name, candidates.isEmpty { throw misfit(pattern, []) }
    let found = try candidates.filter { try netlink.hasAddress(address, on: $0.index) }
    guard let link = found.first else {
      throw Unfit(
        description: "\(address) is not an address of "
          + (host.name == nil ? "the host" : names(of: candidates)))
    }
    guard link.isUp else { throw Unfit(description: "interface \(link.name) is down") }
    return link
  }

  private func misfit(_ pattern: String, _ found: [LinkView]) -> Unfit {
    found.isEmpty
      ? Unfit(
        description: "no interface is called `\(pattern)`; there are \(names(of: links))")
      : Unfit(
        description: "`\(pattern)` is \(names(of: found)); say which")
  }

  private func names(of links: [LinkView]) -> String {
    links.map(\.name).joined(separator: ", ")
  }
}

extension LinkView {
  /// What is to be said of it where another is to get its name.
  var takenWords: String {
    guard let alias, alias.hasPrefix(UndoFile.prefix) else {
      return "there is an interface \(name) already\(alias.map { " (\($0))" } ?? ""); remove it"
    }
    return
      "there is an interface \(name) of another run already (\(alias)); wait for that one, or remove "
      + "what it left with `down` if it was killed"
  }
}
