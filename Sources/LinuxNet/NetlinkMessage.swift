import CNetlink
import Glibc
import Packets

/// A netlink request under construction; frees itself.
struct NetlinkMessage: ~Copyable {
  let raw: OpaquePointer

  /// Takes over a message that libnl built; `code` is what the builder returned.
  init(_ raw: OpaquePointer?, code: Int32, purpose: String) throws(KernelError) {
    guard code >= 0, let raw else { throw NetlinkMessage.error(code, purpose) }
    self.raw = raw
  }

  /// An empty message of `type` with `header` as its fixed part.
  init<Header>(type: Int, flags: Int32 = 0, header: Header) {
    raw = nlmsg_alloc_simple(Int32(type), flags)
    withUnsafeBytes(of: header) { bytes in
      _ = nlmsg_append(
        raw, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count,
        Int32(NLMSG_ALIGNTO))
    }
  }

  deinit { nlmsg_free(raw) }

  borrowing func nest(_ attribute: Int, _ fill: () -> Void) {
    let start = nla_nest_start(raw, Int32(attribute))
    fill()
    nla_nest_end(raw, start)
  }

  borrowing func put(_ attribute: Int, _ value: UInt8) { nla_put_u8(raw, Int32(attribute), value) }

  borrowing func put(_ attribute: Int, _ value: UInt32) {
    nla_put_u32(raw, Int32(attribute), value)
  }

  borrowing func put(_ attribute: Int, _ value: [UInt8]) {
    _ = value.withUnsafeBytes { nla_put(raw, Int32(attribute), Int32($0.count), $0.baseAddress) }
  }

  borrowing func put(_ attribute: Int, _ value: String) {
    nla_put_string(raw, Int32(attribute), value)
  }

  private static func error(_ code: Int32, _ purpose: String) -> KernelError {
    KernelError(purpose, code: EINVAL, detail: String(cString: nl_geterror(code)))
  }
}

/// An address object of libnl; frees itself.
struct NetlinkAddress: ~Copyable {
  let raw: OpaquePointer

  /// A host's address, or with `prefixLength` that of a network.
  init(_ address: IPAddress, prefixLength: Int? = nil) {
    raw = address.bytes.withUnsafeBytes {
      nl_addr_build(
        address.family.constant, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
    }
    nl_addr_set_prefixlen(raw, Int32(prefixLength ?? address.family.width))
  }

  init(_ address: MACAddress) {
    raw = address.bytes.withUnsafeBytes {
      nl_addr_build(AF_LLC, UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count)
    }
  }

  deinit { nl_addr_put(raw) }
}

extension UnsafeMutablePointer<nlattr> {
  /// The text in it, up to its zero.
  var text: String {
    let bytes = UnsafeRawBufferPointer(start: nla_data(self), count: Int(nla_len(self)))
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The number in it, where there is room for one.
  func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
    nla_len(self) >= MemoryLayout<Number>.size ? nla_data(self).loadUnaligned(as: Number.self) : nil
  }

  /// The attribute of type `type` nested in this one.
  func nested(_ type: Int) -> UnsafeMutablePointer<nlattr>? {
    nla_find(nla_data(self).assumingMemoryBound(to: nlattr.self), nla_len(self), Int32(type))
  }
}
