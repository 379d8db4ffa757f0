/// A prefix: a network address and the length of its mask (RFC 4632, RFC 4291).
package struct IPNetwork: Hashable, Sendable {
  package let address: IPAddress
  package let prefixLength: Int

  /// The network that `address` lies in.
  package init(containing address: IPAddress, prefixLength: Int) {
    precondition((0...address.family.width).contains(prefixLength))
    self.prefixLength = prefixLength
    let family = address.family
    let hosts = IPNetwork.hostMask(prefixLength, family)
    self.address = IPAddress(bits: address.bits & ~hosts, family: family)
  }

  package var family: IPFamily { address.family }

  /// The part of an address that tells hosts of the network apart.
  package var hostMask: UInt128 { IPNetwork.hostMask(prefixLength, family) }

  private static func hostMask(_ prefixLength: Int, _ family: IPFamily) -> UInt128 {
    let hostBits = family.width - prefixLength
    return hostBits == 128 ? .max : (UInt128(1) << UInt128(hostBits)) - 1
  }

  /// The address of host number `number`, taken within the mask.
  package func host(_ number: UInt128) -> IPAddress {
    IPAddress(bits: address.bits | number & hostMask, family: family)
  }

  package func hostNumber(of address: IPAddress) -> UInt128 { address.bits & hostMask }

  package func contains(_ other: IPAddress) -> Bool {
    other.family == family && other.bits & ~hostMask == address.bits
  }

  package func overlaps(_ other: IPNetwork) -> Bool {
    contains(other.address) || other.contains(address)
  }

  /// Whether `address` can be given to a host: in the network, and neither its first address, which
  /// is the network's own in IPv4 and the routers' anycast address in IPv6 (RFC 4291, section
  /// 2.6.1), nor IPv4's broadcast address. Networks of two addresses reserve none (RFC 3021,
  /// RFC 6164).
  package func isAssignable(_ address: IPAddress) -> Bool {
    guard contains(address) else { return false }
    if case .v6(let address) = address, address.isMulticast { return false }
    if family.width - prefixLength <= 1 { return true }
    let host = hostNumber(of: address)
    return host != 0 && (family == .v6 || host != hostMask)
  }
}

extension IPNetwork {
  private static let reservations: [(IPNetwork, String)] = [
    ("0.0.0.0", 8, "this host"), ("127.0.0.0", 8, "loopback"), ("224.0.0.0", 4, "multicast"),
    ("240.0.0.0", 4, "reserved"), ("::1", 128, "loopback"), ("::ffff:0:0", 96, "IPv4-mapped"),
    ("fe80::", 10, "link-local"), ("ff00::", 8, "multicast"),
  ].compactMap { text, length, kind in
    IPAddress(text).map { (IPNetwork(containing: $0, prefixLength: length), kind) }
  }

  /// What the addresses of the network are kept for, where that is something else than hosts of a
  /// network of their own (RFC 6890, RFC 4291).
  package var reservation: String? {
    IPNetwork.reservations.first { $0.0.overlaps(self) }?.1
  }
}

extension IPNetwork: LosslessStringConvertible {
  /// An address without host bits and the length of its prefix: `10.0.1.0/24`.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(String(parts[0])),
      let length = Int(parts[1]), (0...address.family.width).contains(length),
      String(length) == parts[1]
    else { return nil }
    self.init(containing: address, prefixLength: length)
    guard self.address == address else { return nil }
  }

  package var description: String { "\(address)/\(prefixLength)" }
}

extension IPNetwork: CodedAsText {}
