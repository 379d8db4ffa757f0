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
    let zone = try target.zone.map { name in
      let index = if_nametoindex(name)
      guard index > 0 else {
        throw WatchTarget.Refusal(
          description: "\(address)%\(name): there is no interface \(name); see `ip link`")
      }
      return Int32(index)
    }
    if case .v6(let own) = address, own.isLinkLocal, zone == nil {
      throw WatchTarget.Refusal(
        description: "\(address) is on every link; name the one that is meant, as in "
          + "\(address)%eth0")
    }
    do {
      route = try netlink.route(to: address, by: zone)
    } catch {
      guard [ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL].contains(error.code) else { throw error }
      let down = ((try? netlink.links()) ?? []).filter { !$0.isUp }.map(\.name)
      let verb = down.count == 1 ? "is" : "are"
      let hint = down.isEmpty ? "" : "; \(down.joined(separator: ", ")) \(verb) down"
      throw WatchTarget.Refusal(
        description: "\(address): there is no route to it: \(error)\(hint)")
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

  /// What probes it, and by which frames it answers.
  func prober(for probe: WatchProbe, every interval: TimeSpan) throws -> (
    socket: ProbeSocket, answers: ProbeFrames
  ) {
    let address = target.address
    switch probe {
    case .icmp:
      let socket = try opened(
        "icmp takes root, CAP_NET_RAW, or a group that may open ping sockets (`sysctl "
          + "net.ipv4.ping_group_range`, icmp(7))"
      ) { () throws(KernelError) in try EchoSocket(family: address.family) }
      try socket.connect(to: address, by: target.zone)
      return (.echo(socket), .echoReplies)
    case .arp:
      guard case .v4(let vip) = address, case .v4(let own) = route.source, let mac = link.mac else {
        throw WatchTarget.Refusal(
          description: "\(address): the interface \(link.name) has no IPv4 address to ask from")
      }
      let interface = route.interface
      let socket = try opened("arp takes root or CAP_NET_RAW") { () throws(KernelError) in
        try PacketSocket.watching(address, interface: interface, answers: .arp)
      }
      return (.solicitation(SolicitationSender(socket, vip: vip, own: own, mac: mac)), .arp)
    case .stamp(let port):
      let socket = try UDPSocket.connected(
        from: route.source ?? address.family.unspecified, to: address, port: port,
        interface: link.name)
      return (.stamp(socket), .datagrams(from: port, to: try socket.localPort()))
    case .tcp(let port):
      let sender = try ConnectionSender(
        to: address, port: port, by: target.zone, every: interval, request: nil)
      return (.connections(sender), .handshakes(from: port))
    case .http(let port, let path, let header):
      let host = target.host.contains(":") ? "[\(target.host)]" : target.host
      let sender = try ConnectionSender(
        to: address, port: port, by: target.zone, every: interval,
        request: HTTPRequest(
          host: port == 80 ? host : "\(host):\(port)", path: path, nameHeader: header))
      return (.connections(sender), .handshakes(from: port))
    }
  }

  /// Opens a socket that takes a right.
  private func opened<Socket>(
    _ right: String, _ open: () throws(KernelError) -> Socket
  ) throws -> Socket {
    do throws(KernelError) {
      return try open()
    } catch {
      guard error.code == EPERM || error.code == EACCES else { throw error }
      throw WatchTarget.Refusal(
        description: "\(right); --probe tcp:PORT takes no right", isOfRights: true)
    }
  }
}
