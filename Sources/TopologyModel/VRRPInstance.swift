package import Packets

/// A VIP as keepalived moves it (keepalived.conf(5)), told to its peers by unicast.
package struct VRRPInstance: Sendable {
  package var name: String
  package var node: String
  package var interface: String
  package var priority: Int
  package var address: IPAddress
  package var peers: [(name: String, address: IPAddress)]
  package var vip: IPAddress
  /// 1 to 255, the same at every node.
  package var router: Int
  package var settings: AdvertisementSettings
  /// How many announcements a new master sends at once.
  package var announcements: Int
  /// One more every so many seconds; `nil` for none.
  package var refresh: Int?

  /// Of the first server; each after it has one less.
  private static let highestPriority = 200

  /// `rank` is its place among the servers.
  package init(
    _ path: TopologyPath, node: String, interface: String, rank: Int, address: IPAddress,
    peers: [(name: String, address: IPAddress)]
  ) {
    name = path.name
    self.node = node
    self.interface = interface
    let priorities = path.failover.vrrp.priorities ?? []
    priority =
      priorities.indices.contains(rank) ? priorities[rank] : VRRPInstance.highestPriority - rank
    self.address = address
    self.peers = peers
    vip = path.vip
    router = path.groupNumber
    settings = path.failover.vrrp
    announcements = path.failover.announceCount ?? 5
    refresh = settings.garpRefresh.map { Int($0.nanoseconds / 1_000_000_000) }
  }

  package var text: String {
    let peers = peers.map { "    \($0.address)    # \($0.name)" }.joined(separator: "\n")
    return """
      global_defs {
        router_id \(node)
        vrrp_version 3
      }

      vrrp_instance \(name) {
        # Everybody begins as backup: a machine that comes back does not take the VIP before it has
        # heard the others.
        state BACKUP\(settings.preempts ? "" : "\n  nopreempt")
        interface \(interface)
        virtual_router_id \(router)
        priority \(priority)
        advert_int \(seconds(settings.every))

        # A cloud's network, and static forwarding entries, carry no multicast.
        unicast_src_ip \(address)
        unicast_peer {
      \(peers)
        }

        # When two have held the VIP, the one with the lower priority is told so at once, and the one that
        # keeps it announces it again: otherwise a split brain ends without an announcement.
        higher_prio_send_advert true
        garp_lower_prio_repeat \(announcements)
        garp_lower_prio_delay 1

        # So many announcements at once, and as many so many seconds later\(refreshed)
        garp_master_repeat \(announcements)
        garp_master_delay \(seconds(settings.garpDelay ?? .seconds(1)))\(refresh.map { "\n  garp_master_refresh \($0)" } ?? "")

        virtual_ipaddress {
          \(vip)/\(vip.family.width) dev \(interface)
        }
      }

      """
  }

  private var refreshed: String {
    refresh == nil
      ? "." : "; then one every so many seconds, for switches\n  # and hosts that forgot."
  }

  private func seconds(_ span: TimeSpan) -> String {
    let centiseconds = span.nanoseconds / 10_000_000
    let (whole, rest) = centiseconds.quotientAndRemainder(dividingBy: 100)
    return rest == 0 ? "\(whole)" : "\(whole)." + (rest < 10 ? "0\(rest)" : "\(rest)")
  }
}

extension TopologyPath {
  /// What the servers of its VIP are told apart by from others on the segment: 1 to 255.
  var groupNumber: Int { (overlay.map(\.vni) ?? Int(vip.bits & 0xff)) % 255 + 1 }
}
