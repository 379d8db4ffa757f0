/// An IPv4 prefix: a network address and the length of its mask (RFC 4632).
package struct IPv4Network: Hashable, Sendable {
  package let address: IPv4Address
  package let prefixLength: Int

  /// The network that `address` lies in.
  package init(containing address: IPv4Address, prefixLength: Int) {
    precondition((0...32).contains(prefixLength))
    self.prefixLength = prefixLength
    let mask = prefixLength == 0 ? 0 : UInt32.max << UInt32(32 - prefixLength)
    self.address = IPv4Address(rawValue: address.rawValue & mask)
  }

  /// The part of an address that tells hosts of the network apart.
  package var hostMask: UInt32 {
    prefixLength == 0 ? .max : ~(UInt32.max << UInt32(32 - prefixLength))
  }

  package var broadcast: IPv4Address { host(hostMask) }

  /// The address of host number `number`, taken within the mask.
  package func host(_ number: UInt32) -> IPv4Address {
    IPv4Address(rawValue: address.rawValue | number & hostMask)
  }

  package func hostNumber(of address: IPv4Address) -> UInt32 { address.rawValue & hostMask }

  package func contains(_ other: IPv4Address) -> Bool {
    other.rawValue & ~hostMask == address.rawValue
  }

  package func overlaps(_ other: IPv4Network) -> Bool {
    contains(other.address) || other.contains(address)
  }

  /// Whether `address` can be given to a host: in the network, and neither its own address nor
  /// its broadcast address, which /31 and /32 do not reserve (RFC 3021).
  package func isAssignable(_ address: IPv4Address) -> Bool {
    guard contains(address) else { return false }
    return prefixLength >= 31 || (address != self.address && address != broadcast)
  }
}

extension IPv4Network: CustomStringConvertible {
  package var description: String { "\(address)/\(prefixLength)" }
}
