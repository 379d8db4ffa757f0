import Packets
import TopologyModel

/// A switch model as nftables rules of the `bridge` family, in the segment's own namespace: the text
/// that `nft -f -` takes as one transaction.
struct SwitchRuleset: Sendable {
  struct Port: Sendable {
    /// Also the name of the bridge's port.
    var node: String
    var address: IPAddress
    var mac: MACAddress
    var role: NodeRole
  }

  let model: SwitchModel
  let family: IPFamily
  /// Of the segment's native paths.
  let vips: [IPAddress]
  let vlan: UInt16?
  /// The outer UDP ports of the overlays.
  let tunnelPorts: Set<UInt16>
  let ports: [Port]

  private static let table = "bridge vipjuggler"

  /// Everything, as it stands before the first claim.
  var initial: String {
    let address = family == .v4 ? "ipv4_addr" : "ipv6_addr"
    return """
      table \(SwitchRuleset.table) {
        map held { type \(address) : ether_addr; }
        set exempt { type \(address) . ifname; }
        set primaries { type \(address); }
        set healed { type \(address); size 65535; flags dynamic; }
        set registered { type ifname . \(address); }
        chain prerouting {
          type filter hook prerouting priority -300; policy accept;
      \(lines(prerouting))
        }
        chain forward {
          type filter hook forward priority 0; policy accept;
      \(lines(forward))
        }
      }
      \(registrations)
      """
  }

  /// What a change of where `vip` is makes, on top of what is loaded. Only one VIP moves at a time.
  func text(of change: SwitchScript.Change, for vip: IPAddress) -> String {
    switch change {
    case .hold(let server):
      guard let port = port(of: server) else { return "" }
      let exempt = ([port] + exemptPorts).map { "\(vip) . \"\($0.node)\"" }.joined(separator: ", ")
      return letGo + add("held", "\(vip) : \(port.mac)") + add("exempt", exempt)
    case .admit(let server):
      return port(of: server).map { add("primaries", "\($0.address)") } ?? ""
    case .letGo:
      return letGo
    case .register(let server):
      let all = ports.map { "\"\($0.node)\" . \(vip)" }.joined(separator: ", ")
      return add("registered", all)
        + "delete element \(SwitchRuleset.table) registered { \(all) }\n"
        + add("registered", "\"\(server)\" . \(vip)")
    }
  }

  private var letGo: String {
    "flush map \(SwitchRuleset.table) held\n"
      + ["exempt", "primaries", "healed"].map { "flush set \(SwitchRuleset.table) \($0)\n" }
      .joined()
  }

  private func add(_ set: String, _ elements: String) -> String {
    elements.isEmpty ? "" : "add element \(SwitchRuleset.table) \(set) { \(elements) }\n"
  }

  private func port(of server: String) -> Port? { ports.first { $0.node == server } }

  /// What comes from them goes where it belongs, whatever is held.
  private var exemptPorts: [Port] {
    if case .staleHosts = model { return ports.filter { $0.role == .router } }
    return []
  }

  /// Every node's own address, and the VIPs at the first server.
  private var registrations: String {
    guard case .filtering = model else { return "" }
    let own = ports.map { "\"\($0.node)\" . \($0.address)" }
    let first = ports.first { $0.role == .server }
    let moving = first.map { first in vips.map { "\"\(first.node)\" . \($0)" } } ?? []
    return add("registered", (own + moving).joined(separator: ", "))
  }

  private func lines(_ rules: [String]) -> String {
    rules.map { "    " + $0 }.joined(separator: "\n")
  }
}

/// The rules of each model.
extension SwitchRuleset {
  private var prerouting: [String] {
    switch model {
    case .learning, .ageing:
      []
    case .sticky:
      [ip + held]
    case .staleHosts:
      tunnels + [
        "\(ip)\(net) daddr @primaries add @healed { \(net) saddr }",
        "\(ip)\(net) saddr != @healed \(held)",
      ]
    case .filtering:
      family == .v4
        ? [
          "\(ip)\(except("iifname"))iifname . ip saddr != @registered drop",
          "\(arp)iifname . arp saddr ip != @registered drop",
        ]
        // A Neighbour Advertisement comes from the address it speaks of.
        : [
          "\(ip)\(except("iifname"))ip6 saddr != { ::, fe80::/10 } "
            + "iifname . ip6 saddr != @registered drop"
        ]
    case .dropAnnouncements:
      vips.flatMap { drops(ofAnnouncementsOf: $0) }
    }
  }

  private var forward: [String] {
    guard case .filtering = model else { return [] }
    guard family == .v4 else {
      return [
        "\(ip)\(except("oifname"))ip6 daddr != { fe80::/10, ff00::/8 } "
          + "oifname . ip6 daddr != @registered drop"
      ]
    }
    // An announcement that came in at a registered port is for everybody.
    return vips.map { "\(arp)arp saddr ip \($0) arp daddr ip \($0) accept" } + [
      "\(ip)\(except("oifname"))oifname . ip daddr != @registered drop",
      "\(arp)oifname . arp daddr ip != @registered drop",
    ]
  }

  /// A router's port carries the addresses of whoever is behind it.
  private func except(_ direction: String) -> String {
    let routers = ports.filter { $0.role == .router }.map { "\"\($0.node)\"" }
    return routers.isEmpty ? "" : "\(direction) != { \(routers.joined(separator: ", ")) } "
  }

  /// What an overlay says between nodes by itself, as its neighbour tables age, is nobody's own word:
  /// by the destination port behind a header without options.
  private var tunnels: [String] {
    guard !tunnelPorts.isEmpty else { return [] }
    let ports = tunnelPorts.sorted().map { "\($0)" }.joined(separator: ", ")
    let offset = 8 * (family.headerLength + 2)
    let udp = family == .v4 ? "ip protocol udp" : "ip6 nexthdr udp"
    return ["\(ip)\(udp) @nh,\(offset),16 { \(ports) } accept"]
  }

  /// Rewritten before the forwarding database is looked up.
  private var held: String {
    "\(net) daddr . iifname != @exempt ether daddr set \(net) daddr map @held"
  }

  private func drops(ofAnnouncementsOf vip: IPAddress) -> [String] {
    switch vip {
    case .v4:
      [
        "\(arp)arp saddr ip \(vip) arp daddr ip \(vip) drop",
        "\(arp)arp operation reply arp saddr ip \(vip) ether daddr ff:ff:ff:ff:ff:ff drop",
      ]
    case .v6(let address):
      // By their places behind the IPv6 header: the message's type and its target.
      [
        "\(ip)ip6 daddr ff02::1 ip6 nexthdr icmpv6 @nh,320,8 \(NeighbourAdvertisement.type) "
          + "@nh,384,128 0x\(String(address.rawValue, radix: 16)) drop"
      ]
    }
  }

  private var net: String { family == .v4 ? "ip" : "ip6" }
  private var ip: String { vlan.map { "vlan id \($0) vlan type \(net) " } ?? "" }
  private var arp: String { vlan.map { "vlan id \($0) vlan type arp " } ?? "" }
}
