import Packets
import TopologyModel

/// A switch model as nftables rules of the `bridge` family, in the segment's own namespace: the text
/// that `nft -f -` takes as one transaction.
struct SwitchRuleset: Sendable {
  struct Port: Sendable {
    /// Also the name of the bridge's port.
    var node: String
    var address: IPv4Address
    var mac: MACAddress
    var isServer: Bool
  }

  let model: SwitchModel
  /// Of the segment's native path, if it has one.
  let vip: IPv4Address?
  let vlan: UInt16?
  let ports: [Port]

  private static let table = "bridge vipjuggler"

  /// Everything, as it stands before the first claim.
  var initial: String {
    """
    table \(SwitchRuleset.table) {
      map held { type ipv4_addr : ether_addr; }
      set registered { type ifname . ipv4_addr; }
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

  /// What makes the change, on top of what is loaded.
  func text(of change: SwitchScript.Change) -> String {
    switch change {
    case .hold(let server):
      guard let vip else { return "" }
      let mac = ports.first { $0.node == server }?.mac ?? .zero
      return flushHeld + "add element \(SwitchRuleset.table) held { \(vip) : \(mac) }\n"
    case .letGo:
      return flushHeld
    case .register(let server):
      guard let vip else { return "" }
      let all = ports.map { "\"\($0.node)\" . \(vip)" }.joined(separator: ", ")
      return "add element \(SwitchRuleset.table) registered { \(all) }\n"
        + "delete element \(SwitchRuleset.table) registered { \(all) }\n"
        + "add element \(SwitchRuleset.table) registered { \"\(server)\" . \(vip) }\n"
    }
  }

  private var flushHeld: String { "flush map \(SwitchRuleset.table) held\n" }

  private var prerouting: [String] {
    switch model {
    case .learning:
      []
    case .sticky:
      // Rewritten before the forwarding database is looked up.
      ["\(ip)ether daddr set ip daddr map @held"]
    case .filtering:
      [
        "\(ip)iifname . ip saddr != @registered drop",
        "\(arp)iifname . arp saddr ip != @registered drop",
      ]
    case .dropAnnouncements:
      vip.map { vip in
        [
          "\(arp)arp saddr ip \(vip) arp daddr ip \(vip) drop",
          "\(arp)arp operation reply arp saddr ip \(vip) ether daddr ff:ff:ff:ff:ff:ff drop",
        ]
      } ?? []
    }
  }

  private var forward: [String] {
    guard case .filtering = model else { return [] }
    // An announcement that came in at a registered port is for everybody.
    let announcements = vip.map { ["\(arp)arp saddr ip \($0) arp daddr ip \($0) accept"] } ?? []
    return announcements + [
      "\(ip)oifname . ip daddr != @registered drop",
      "\(arp)oifname . arp daddr ip != @registered drop",
    ]
  }

  private var ip: String { vlan.map { "vlan id \($0) vlan type ip " } ?? "" }
  private var arp: String { vlan.map { "vlan id \($0) vlan type arp " } ?? "" }

  private func lines(_ rules: [String]) -> String {
    rules.map { "    " + $0 }.joined(separator: "\n")
  }

  /// Every node's own address, and the VIP at the first server.
  private var registrations: String {
    guard case .filtering = model else { return "" }
    let own = ports.map { "\"\($0.node)\" . \($0.address)" }
    let first = vip.flatMap { vip in
      ports.first { $0.isServer }.map { "\"\($0.node)\" . \(vip)" }
    }
    let elements = (own + [first].compactMap { $0 }).joined(separator: ", ")
    return "add element \(SwitchRuleset.table) registered { \(elements) }\n"
  }
}
