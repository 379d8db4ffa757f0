import CNetlink
import Glibc
package import Packets

/// The way that this network takes to an address (`ip route get ADDRESS`).
package struct RouteLookup: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case unicast
    /// The address is one of this network's own.
    case local
    case broadcast
    case multicast
    /// Blackholes and the like.
    case other
  }

  package var kind: Kind
  /// The index of the interface.
  package var interface: Int32
  /// `nil` for an address on the interface's own segment.
  package var gateway: IPAddress?
  /// What packets leave from.
  package var source: IPAddress?
}

extension NetlinkSocket {
  /// By the interface with that index, where one is given. Throws ENETUNREACH and the like where there
  /// is no way.
  package func route(
    to address: IPAddress, by interface: Int32? = nil
  ) throws(KernelError) -> RouteLookup {
    let purpose = "ip route get \(address)"
    var header = rtmsg()
    header.rtm_family = UInt8(address.family.constant)
    header.rtm_dst_len = UInt8(address.family.width)
    let message = NetlinkMessage(
      type: RTM_GETROUTE, flags: NLM_F_REQUEST | NLM_F_ACK, header: header)
    message.put(Int(RTA_DST.rawValue), address.bytes)
    if let interface {
      message.put(Int(RTA_OIF.rawValue), withUnsafeBytes(of: interface, Array.init))
    }
    var found: RouteLookup?
    try exchange(message, purpose) { found = found ?? RouteLookup($0) }
    guard let found else { throw KernelError(purpose, code: ENETUNREACH) }
    return found
  }
}

extension RouteLookup {
  fileprivate init?(_ header: UnsafeMutablePointer<nlmsghdr>) {
    guard Int(header.pointee.nlmsg_type) == RTM_NEWROUTE, let route = header.body(rtmsg.self)
    else { return nil }
    switch Int(route.rtm_type) {
    case RTN_UNICAST: kind = .unicast
    case RTN_LOCAL: kind = .local
    case RTN_BROADCAST: kind = .broadcast
    case RTN_MULTICAST: kind = .multicast
    default: kind = .other
    }
    let family = route.rtm_family
    interface =
      nlmsg_find_attr(header, Int32(MemoryLayout<rtmsg>.size), Int32(RTA_OIF.rawValue))?
      .number(Int32.self) ?? 0
    gateway =
      header.address(Int(RTA_GATEWAY.rawValue), of: rtmsg.self, family: family)
      ?? header.attribute(Int(RTA_VIA.rawValue), of: rtmsg.self, IPAddress.init(parsingVia:))
    source = header.address(Int(RTA_PREFSRC.rawValue), of: rtmsg.self, family: family)
  }
}

extension IPAddress {
  /// A router of another family than the address's (`struct rtvia`).
  fileprivate init(parsingVia reader: inout ByteReader) throws(ParseError) {
    try reader.skip(MemoryLayout<UInt16>.size)
    self = try IPAddress(parsing: &reader)
  }
}
