import CNetlink
import Glibc

/// The ethtool family of generic netlink, in one namespace (`ethtool`).
package final class Ethtool {
  private let socket: NetlinkSocket
  /// The number that the kernel has given the family.
  private let family: UInt16

  /// Opens the socket in the namespace of the calling thread.
  package init() throws(KernelError) {
    let purpose = "resolve the generic netlink family `\(ETHTOOL_GENL_NAME)`"
    let socket = try NetlinkSocket(.generic)
    let request = Ethtool.request(
      Int(GENL_ID_CTRL), UInt8(CTRL_CMD_GETFAMILY), version: 1)
    request.put(Int(CTRL_ATTR_FAMILY_NAME), ETHTOOL_GENL_NAME)
    var family: UInt16?
    try socket.exchange(request, purpose) { reply in
      family = Ethtool.attribute(Int(CTRL_ATTR_FAMILY_ID), of: reply)?.number(UInt16.self)
    }
    guard let family else { throw KernelError(purpose, code: ENOENT) }
    self.socket = socket
    self.family = family
  }

  /// The names of the features of `interface` that are on (`ethtool --show-features`).
  package func activeFeatures(of interface: String) throws(KernelError) -> Set<String> {
    let purpose = "ethtool --show-features \(interface)"
    let request = Ethtool.request(
      Int(family), UInt8(ETHTOOL_MSG_FEATURES_GET), version: UInt8(ETHTOOL_GENL_VERSION))
    request.nest(ETHTOOL_A_FEATURES_HEADER) {
      request.put(ETHTOOL_A_HEADER_DEV_NAME, interface)
    }
    var names: Set<String>?
    try socket.exchange(request, purpose) { names = Ethtool.features(in: $0) }
    guard let names else { throw KernelError(purpose, code: EPROTO) }
    return names
  }

  private static func request(_ type: Int, _ command: UInt8, version: UInt8) -> NetlinkMessage {
    NetlinkMessage(
      type: type, flags: NLM_F_REQUEST | NLM_F_ACK,
      header: genlmsghdr(cmd: command, version: version, reserved: 0))
  }

  private static func attribute(
    _ type: Int, of message: UnsafeMutablePointer<nlmsghdr>
  ) -> UnsafeMutablePointer<nlattr>? {
    nlmsg_find_attr(message, Int32(MemoryLayout<genlmsghdr>.size), Int32(type))
  }

  private static func features(
    in message: UnsafeMutablePointer<nlmsghdr>
  ) -> Set<String>? {
    let bits = attribute(Int(ETHTOOL_A_FEATURES_ACTIVE), of: message)
      .flatMap { $0.nested(ETHTOOL_A_BITSET_BITS) }
    guard let bits else { return nil }
    var names: Set<String> = []
    var bit = nla_data(bits).assumingMemoryBound(to: nlattr.self)
    var remaining = nla_len(bits)
    while nla_ok(bit, remaining) != 0 {
      if let name = bit.nested(ETHTOOL_A_BITSET_BIT_NAME) {
        names.insert(name.text)
      }
      bit = nla_next(bit, &remaining)
    }
    return names
  }
}
