import CNetlink
import Glibc

/// The ethtool family of generic netlink, in one namespace (`ethtool`).
package final class Ethtool {
  private let socket: OpaquePointer
  private let family: Int32

  /// Opens the socket in the namespace of the calling thread.
  package init() throws(KernelError) {
    let purpose = "resolve the generic netlink family `\(ETHTOOL_GENL_NAME)`"
    guard let socket = nl_socket_alloc() else { throw KernelError(purpose, code: ENOMEM) }
    let connected = genl_connect(socket)
    let family = connected < 0 ? connected : genl_ctrl_resolve(socket, ETHTOOL_GENL_NAME)
    guard family >= 0 else {
      nl_socket_free(socket)
      throw KernelError(purpose, code: ENOENT, detail: String(cString: nl_geterror(family)))
    }
    self.socket = socket
    self.family = family
  }

  deinit { nl_socket_free(socket) }

  /// The names of the features of `interface` that are on (`ethtool --show-features`).
  package func activeFeatures(of interface: String) throws(KernelError) -> Set<String> {
    let purpose = "ethtool --show-features \(interface)"
    let header = genlmsghdr(
      cmd: UInt8(ETHTOOL_MSG_FEATURES_GET), version: UInt8(ETHTOOL_GENL_VERSION), reserved: 0)
    let message = NetlinkMessage(type: Int(family), flags: NLM_F_REQUEST, header: header)
    message.nest(ETHTOOL_A_FEATURES_HEADER) {
      message.put(ETHTOOL_A_HEADER_DEV_NAME, interface)
    }
    let descriptor = nl_socket_get_fd(socket)
    let request = nlmsg_hdr(message.raw)!
    try checkedCall(purpose) { send(descriptor, request, Int(request.pointee.nlmsg_len), 0) }
    var reply = [UInt8](repeating: 0, count: 32 * 1024)
    let count = try checkedCall(purpose) { recv(descriptor, &reply, reply.count, 0) }
    var outcome: Result<Set<String>, KernelError> = .failure(KernelError(purpose, code: EPROTO))
    eachMessage(in: reply, count: count) { message in
      outcome = Ethtool.features(in: message, purpose)
    }
    return try outcome.get()
  }

  private static func features(
    in message: UnsafeMutablePointer<nlmsghdr>, _ purpose: String
  ) -> Result<Set<String>, KernelError> {
    if message.pointee.nlmsg_type == NLMSG_ERROR {
      let error = nlmsg_data(message).load(as: nlmsgerr.self).error
      return .failure(KernelError(purpose, code: -error))
    }
    let header = Int32(MemoryLayout<genlmsghdr>.size)
    let bits = nlmsg_find_attr(message, header, Int32(ETHTOOL_A_FEATURES_ACTIVE))
      .flatMap { $0.nested(ETHTOOL_A_BITSET_BITS) }
    guard let bits else { return .failure(KernelError(purpose, code: EPROTO)) }
    var names: Set<String> = []
    var bit = nla_data(bits).assumingMemoryBound(to: nlattr.self)
    var remaining = nla_len(bits)
    while nla_ok(bit, remaining) != 0 {
      if let name = bit.nested(ETHTOOL_A_BITSET_BIT_NAME) {
        names.insert(String(cString: nla_get_string(name)))
      }
      bit = nla_next(bit, &remaining)
    }
    return .success(names)
  }
}
