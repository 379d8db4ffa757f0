import Packets
import TopologyModel

/// The VIP of a path as a VRRP instance of keepalived (keepalived.conf(5)), told to its peers by unicast.
struct KeepalivedExport {
  private let end: ExportedEnd

  init(_ end: ExportedEnd) { self.end = end }

  /// Of the first server; each after it has one less.
  private static let highestPriority = 200

  func files() throws(ExportRefusal) -> [ExportedFile] {
    guard end.isServer else {
      throw ExportRefusal(
        description: "node `\(end.node)` never holds the VIP: keepalived is for servers")
    }
    return [ExportedFile(name: "keepalived.conf", text: text)]
  }

  private var vip: IPAddress { end.path.vip }

  /// 1 to 255, the same at every node.
  private var router: Int { (end.path.overlay.map(\.vni) ?? Int(vip.bits & 0xff)) % 255 + 1 }

  private var text: String {
    let peers = end.peers.filter(\.isServer).map { "    \($0.address)    # \($0.name)" }
    let refresh = max(1, Int((end.announceEvery.nanoseconds + 999_999_999) / 1_000_000_000))
    return ExportedEnd.comment([
      end.title, "",
      "Not expressed: a schedule by the clock, as `juggle` has it, and announcements more often than",
      "every second. keepalived moves the VIP when its master is silent, or has a lower priority.",
    ]) + """
      global_defs {
        router_id \(end.node)
        vrrp_version 3
      }

      vrrp_instance \(end.path.name) {
        # Everybody begins as backup: a machine that comes back does not take the VIP before it has
        # heard the others.
        state BACKUP
        interface \(end.interface)
        virtual_router_id \(router)
        priority \(KeepalivedExport.highestPriority - end.rank)
        advert_int 1

        # A cloud's network, and static forwarding entries, carry no multicast.
        unicast_src_ip \(end.member.address)
        unicast_peer {
      \(peers.joined(separator: "\n"))
        }

        # When two have held the VIP, the one with the lower priority is told so at once, and the one that
        # keeps it announces it again: otherwise a split brain ends without an announcement.
        higher_prio_send_advert true
        garp_lower_prio_repeat 5
        garp_lower_prio_delay 1

        # Five announcements at once, five more a second later, and one every so many seconds for switches and
        # hosts that forgot.
        garp_master_repeat 5
        garp_master_delay 1
        garp_master_refresh \(refresh)

        virtual_ipaddress {
          \(vip)/\(vip.family.width) dev \(end.interface)
        }
      }

      """
  }
}
