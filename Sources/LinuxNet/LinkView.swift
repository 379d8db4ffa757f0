import CLinux
import CNetlink
import Glibc
package import Packets

extension NetlinkSocket {
  /// What is known of the interface with that index (`ip link show`).
  package func link(_ index: Int32) throws(KernelError) -> LinkView {
    let purpose = "ip link show dev \(index)"
    let message = NetlinkMessage(
      type: RTM_GETLINK, flags: NLM_F_REQUEST | NLM_F_ACK, header: ifinfomsg(index))
    var found: LinkView?
    try exchange(message, purpose) { found = found ?? LinkView($0) }
    guard let found else { throw KernelError(purpose, code: ENODEV) }
    return found
  }
}

extension NetlinkSocket {
  /// All interfaces of the namespace (`ip link show`).
  package func links() throws(KernelError) -> [LinkView] {
    var links: [LinkView] = []
    try readWhole("ask for the interfaces", RTM_GETLINK, ifinfomsg()) {
      links = []
    } each: {
      if let link = LinkView($0) { links.append(link) }
    }
    return links
  }
}

/// An interface as `ip link show` has it.
package struct LinkView: Hashable, Sendable {
  package var index: Int32
  package var name: String
  /// What its maker noted at it (`ip link set dev NAME alias TEXT`).
  package var alias: String?
  package var mtu: Int
  /// `nil` where frames have none, as on a tunnel.
  package var mac: MACAddress?
  /// Whether it is set up, its carrier is there and the kernel has taken note of that: what is sent
  /// before is dropped (RFC 2863, ifOperStatus).
  package var isUp: Bool

  fileprivate init?(_ header: UnsafeMutablePointer<nlmsghdr>) {
    guard Int(header.pointee.nlmsg_type) == RTM_NEWLINK,
      let link = header.body(ifinfomsg.self)
    else { return nil }
    let size = Int32(MemoryLayout<ifinfomsg>.size)
    index = link.ifi_index
    alias = nlmsg_find_attr(header, size, Int32(IFLA_IFALIAS))?.text
    name = nlmsg_find_attr(header, size, Int32(IFLA_IFNAME))?.text ?? ""
    mtu = nlmsg_find_attr(header, size, Int32(IFLA_MTU))?.number(UInt32.self).map(Int.init) ?? 0
    let isEthernet = link.ifi_type == UInt16(ARPHRD_ETHER)
    mac =
      isEthernet
      ? header.attribute(Int(IFLA_ADDRESS), of: ifinfomsg.self, MACAddress.init(parsing:)) : nil
    isUp = link.ifi_flags & LinkView.runs == LinkView.runs
  }

  /// `IFF_UP` and `IFF_RUNNING`.
  private static let runs: UInt32 = 1 | 1 << 6
}
