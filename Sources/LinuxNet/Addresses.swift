import CNetlink
import Glibc
package import Packets

extension NetlinkBatch {
  /// `ip address add ADDRESS/LENGTH dev INDEX`.
  package mutating func addAddress(
    _ address: IPAddress, prefixLength: Int, to index: Int32
  ) throws(KernelError) {
    let object = InterfaceAddress(address, prefixLength: prefixLength, index: index)
    let purpose = "ip address add \(address)/\(prefixLength) dev \(index)"
    var message: OpaquePointer?
    let code = rtnl_addr_build_add_request(object.raw, NLM_F_CREATE | NLM_F_EXCL, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }

  /// `ip address delete ADDRESS/LENGTH dev INDEX`.
  package mutating func removeAddress(
    _ address: IPAddress, prefixLength: Int, from index: Int32
  ) throws(KernelError) {
    let object = InterfaceAddress(address, prefixLength: prefixLength, index: index)
    let purpose = "ip address delete \(address)/\(prefixLength) dev \(index)"
    var message: OpaquePointer?
    let code = rtnl_addr_build_delete_request(object.raw, 0, &message)
    append(try NetlinkMessage(message, code: code, purpose: purpose), purpose: purpose)
  }
}

/// An interface-address object of libnl; frees itself.
private struct InterfaceAddress: ~Copyable {
  let raw: OpaquePointer

  init(_ address: IPAddress, prefixLength: Int, index: Int32) {
    raw = rtnl_addr_alloc()
    let local = NetlinkAddress(address, prefixLength: prefixLength)
    rtnl_addr_set_ifindex(raw, index)
    rtnl_addr_set_local(raw, local.raw)
    // An address that moves must answer at once: no duplicate address detection (`nodad`).
    if address.family == .v6 { rtnl_addr_set_flags(raw, UInt32(IFA_F_NODAD)) }
  }

  deinit { rtnl_addr_put(raw) }
}
