import Glibc
import LinuxNet
import NodeAgent
import Packets

/// The way from this host to a watched address, looked up before anything is sent.
struct WatchWay {
  let target: WatchTarget
  let route: RouteLookup
  let link: LinkView

  init(to target: WatchTarget, for probe: WatchProbe) throws {
    self.target = target
    let address = target.address
    let netlink = try NetlinkSocket()
    do {
      route = try netlink.route(to: address)
    } catch {
      guard [ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL].contains(error.code) else { throw error }
      throw WatchTarget.Refusal(
        description: "\(address): there is no route to it: \(error)")
    }
    switch route.kind {
    case .unicast: break
    case .local:
      throw WatchTarget.Refusal(
        description: "\(address) is an address of this host; watch it from another one")
    case .broadcast, .multicast:
      throw WatchTarget.Refusal(
        description: "\(address) is a \(route.kind == .broadcast ? "broadcast" : "multicast") "
          + "address; only a host's own is probed")
    case .other:
      throw WatchTarget.Refusal(
        description:
          "\(address): its route discards what is sent to it; see `ip route get \(address)`")
    }
    link = try netlink.link(route.interface)
    guard link.isUp else {
      throw WatchTarget.Refusal(
        description:
          "\(address) is reached by the interface \(link.name), which is down; see `ip link "
          + "show \(link.name)`")
    }
    if case .arp = probe { try checkSegment() }
  }

  /// ARP is for IPv4 addresses on a segment of this host.
  private func checkSegment() throws {
    let address = target.address
    if address.family == .v6 {
      throw WatchTarget.Refusal(description: "\(address): ARP is for IPv4; --probe icmp watches it")
    }
    if let gateway = route.gateway {
      throw WatchTarget.Refusal(
        description: "\(address) is behind the router \(gateway): ARP does not reach it; "
          + "--probe icmp watches it")
    }
    if link.mac == nil {
      throw WatchTarget.Refusal(
        description: "\(address): the interface \(link.name) is no Ethernet and has no ARP; "
          + "--probe icmp watches it")
    }
  }

  /// What probes it.
  func socket(for probe: WatchProbe) throws -> ProbeSocket {
    let address = target.address
    switch probe {
    case .icmp:
      let socket = try EchoSocket(family: address.family)
      try socket.connect(to: address)
      return .echo(socket)
    case .arp:
      guard case .v4(let vip) = address, case .v4(let own) = route.source, let mac = link.mac else {
        throw WatchTarget.Refusal(
          description: "\(address): the interface \(link.name) has no IPv4 address to ask from")
      }
      return .solicitation(
        SolicitationSender(
          try .watching(address, interface: route.interface), vip: vip, own: own, mac: mac))
    case .stamp(let port):
      return .stamp(
        try .connected(
          from: route.source ?? address.family.unspecified, to: address, port: port,
          interface: link.name))
    case .tcp(let port):
      return .connections(try ConnectionSender(to: address, port: port, request: nil))
    case .http(let port, let path, let header):
      let host = target.host.contains(":") ? "[\(target.host)]" : target.host
      return .connections(
        try ConnectionSender(
          to: address, port: port,
          request: HTTPRequest(
            host: port == 80 ? host : "\(host):\(port)", path: path, nameHeader: header)))
    }
  }
}
