import CNetlink
import Glibc
package import Packets

/// What the kernel tells of a change in its tables (`ip monitor neigh address link`).
package enum NetworkChange: Hashable, Sendable {
  /// A neighbour entry on interface `index`; without a MAC address while it is unresolved.
  case neighbour(IPAddress, MACAddress?, NeighbourState, index: Int32)
  case neighbourRemoved(IPAddress, index: Int32)
  case addressAdded(IPAddress, index: Int32)
  case addressRemoved(IPAddress, index: Int32)
  case link(index: Int32, isUp: Bool)
  /// A port of a bridge.
  case bridgePort(index: Int32, isForwarding: Bool)
  /// The kernel had more to tell than the socket could hold; something was missed.
  case overrun
}

extension NeighbourState {
  /// By the kernel's bit.
  init(code: UInt16) {
    let states: [(Int32, NeighbourState)] = [
      (NUD_INCOMPLETE, .incomplete), (NUD_REACHABLE, .reachable), (NUD_STALE, .stale),
      (NUD_DELAY, .delay), (NUD_PROBE, .probe), (NUD_FAILED, .failed), (NUD_NOARP, .noARP),
      (NUD_PERMANENT, .permanent),
    ]
    self = states.first { Int32(code) & $0.0 != 0 }?.1 ?? .none
  }
}

/// A netlink socket that the kernel tells changes of one namespace to.
package final class NetworkMonitor {
  package let descriptor: Descriptor
  private var buffer = [UInt8](repeating: 0, count: 32 * 1024)

  /// Opens the socket in the namespace of the calling thread.
  package init() throws(KernelError) {
    descriptor = try .socket(
      AF_NETLINK, .raw, protocol: NETLINK_ROUTE, purpose: "open a netlink monitor")
    var address = sockaddr_nl()
    address.nl_family = UInt16(AF_NETLINK)
    address.nl_groups = UInt32(RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_LINK)
    let raw = descriptor.rawValue
    try checkedCall("subscribe to network changes") {
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Int(bind(raw, $0, socklen_t(MemoryLayout<sockaddr_nl>.size)))
        }
      }
    }
  }

  /// Calls `body` with every change told since the last call.
  package func drain(_ body: (NetworkChange) -> Void) {
    while true {
      let count = recv(descriptor.rawValue, &buffer, buffer.count, 0)
      if count < 0, errno == ENOBUFS {
        body(.overrun)
        continue
      }
      guard count > 0 else { return }
      eachMessage(in: buffer, count: count) { header in
        NetworkChange(header).map(body)
      }
    }
  }
}

extension NetworkChange {
  /// `nil` for what this program does not follow: other families, other tables.
  init?(_ header: UnsafeMutablePointer<nlmsghdr>) {
    switch Int(header.pointee.nlmsg_type) {
    case RTM_NEWNEIGH:
      guard let entry = header.body(ndmsg.self),
        let address = header.address(NDA_DST, of: ndmsg.self, family: entry.ndm_family)
      else { return nil }
      self = .neighbour(
        address, header.attribute(NDA_LLADDR, of: ndmsg.self, MACAddress.init(parsing:)),
        NeighbourState(code: entry.ndm_state), index: entry.ndm_ifindex)
    case RTM_DELNEIGH:
      guard let entry = header.body(ndmsg.self),
        let address = header.address(NDA_DST, of: ndmsg.self, family: entry.ndm_family)
      else { return nil }
      self = .neighbourRemoved(address, index: entry.ndm_ifindex)
    case RTM_NEWADDR, RTM_DELADDR:
      guard let entry = header.body(ifaddrmsg.self),
        let index = Int32(exactly: entry.ifa_index),
        let address = header.address(
          entry.ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS, of: ifaddrmsg.self,
          family: entry.ifa_family)
      else { return nil }
      let isNew = Int(header.pointee.nlmsg_type) == RTM_NEWADDR
      // Another may have it (RFC 4862, 5.4): until that is settled the kernel does not use it.
      if isNew, entry.ifa_flags & NetworkChange.tentative != 0 { return nil }
      self =
        isNew
        ? .addressAdded(address, index: index) : .addressRemoved(address, index: index)
    case RTM_NEWLINK:
      guard let link = header.body(ifinfomsg.self) else { return nil }
      if link.ifi_family == AF_BRIDGE {
        guard let state = header.portState else { return nil }
        self = .bridgePort(
          index: link.ifi_index, isForwarding: state == BR_STATE_FORWARDING && header.hasSettled)
      } else {
        self = .link(
          index: link.ifi_index, isUp: link.ifi_flags & NetworkChange.lowerUp != 0)
      }
    case RTM_DELLINK:
      // One of a bridge is a port that has left it.
      guard let link = header.body(ifinfomsg.self), link.ifi_family != AF_BRIDGE else { return nil }
      self = .link(index: link.ifi_index, isUp: false)
    default:
      return nil
    }
  }

  /// `IFA_F_TENTATIVE`; also where duplicate address detection has failed.
  private static let tentative: UInt8 = 0x40

  /// `IFF_LOWER_UP`: the carrier is there.
  private static let lowerUp: UInt32 = 1 << 16
}

extension UnsafeMutablePointer<nlmsghdr> {
  /// The message's fixed part.
  func body<Body>(_: Body.Type) -> Body? {
    guard nlmsg_datalen(self) >= MemoryLayout<Body>.size else { return nil }
    return nlmsg_data(self).loadUnaligned(as: Body.self)
  }

  /// `IFLA_BRPORT_STATE` of a message about a bridge's port.
  fileprivate var portState: Int32? {
    let header = Int32(MemoryLayout<ifinfomsg>.size)
    guard let port = nlmsg_find_attr(self, header, Int32(IFLA_PROTINFO)),
      let state = port.nested(IFLA_BRPORT_STATE)?.number(UInt8.self)
    else { return nil }
    return Int32(state)
  }

  /// `IF_OPER_UP` (`linux/if.h`).
  private static var operationallyUp: UInt8 { 6 }

  /// Whether the kernel has followed up the link's last change of carrier. A pair's end counts as
  /// forwarding while its state is still unknown (`IF_OPER_UNKNOWN`), and drops what it is given.
  fileprivate var hasSettled: Bool {
    let header = Int32(MemoryLayout<ifinfomsg>.size)
    guard nlmsg_find_attr(self, header, Int32(IFLA_LINK)) != nil,
      let state = nlmsg_find_attr(self, header, Int32(IFLA_OPERSTATE))?.number(UInt8.self)
    else { return true }
    return state == Self.operationallyUp
  }

  /// The attribute `type` behind a fixed part of type `Body`, an address of `family`; `nil` when
  /// that is no version of IP.
  func address<Body>(_ type: Int, of body: Body.Type, family: UInt8) -> IPAddress? {
    guard let family = IPFamily(constant: Int32(family)),
      let address = attribute(type, of: body, IPAddress.init(parsing:))
    else { return nil }
    return address.family == family ? address : nil
  }

  /// The attribute `type` behind a fixed part of type `Body`.
  func attribute<Body, Value>(
    _ type: Int, of _: Body.Type, _ parse: (inout ByteReader) throws(ParseError) -> Value
  ) -> Value? {
    guard let found = nlmsg_find_attr(self, Int32(MemoryLayout<Body>.size), Int32(type))
    else { return nil }
    var reader = ByteReader(
      UnsafeRawBufferPointer(start: nla_data(found), count: Int(nla_len(found))))
    return try? parse(&reader)
  }
}
