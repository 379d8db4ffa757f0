/// An address of either version of IP.
package enum IPAddress: Hashable, Sendable {
  case v4(IPv4Address)
  case v6(IPv6Address)
}

/// A version of IP.
package enum IPFamily: String, Hashable, Sendable {
  case v4 = "IPv4"
  case v6 = "IPv6"

  /// The length of an address in bits.
  package var width: Int { self == .v4 ? 32 : 128 }

  /// The length of a header without options in bytes.
  package var headerLength: Int {
    self == .v4 ? IPv4Header.leastLength : IPv6Header.wireLength
  }

  /// The address that stands for none in particular.
  package var unspecified: IPAddress { IPAddress(bits: 0, family: self) }
}

extension IPAddress {
  package var family: IPFamily {
    switch self {
    case .v4: .v4
    case .v6: .v6
    }
  }

  /// The address as a number, its last bit the lowest.
  package var bits: UInt128 {
    switch self {
    case .v4(let address): UInt128(address.rawValue)
    case .v6(let address): address.rawValue
    }
  }

  /// What does not fit the family's width is cut off.
  package init(bits: UInt128, family: IPFamily) {
    switch family {
    case .v4: self = .v4(IPv4Address(rawValue: UInt32(truncatingIfNeeded: bits)))
    case .v6: self = .v6(IPv6Address(rawValue: bits))
    }
  }

  /// In network byte order.
  package var bytes: [UInt8] {
    switch self {
    case .v4(let address): address.bytes
    case .v6(let address): address.bytes
    }
  }

  /// The address whose representation on the wire fills `reader`.
  package init(parsing reader: inout ByteReader) throws(ParseError) {
    switch reader.remaining {
    case IPv4Address.wireLength: self = .v4(try IPv4Address(parsing: &reader))
    case IPv6Address.wireLength: self = .v6(try IPv6Address(parsing: &reader))
    default: throw .unexpected(field: "address length", value: UInt64(reader.remaining))
    }
  }
}

extension IPAddress: LosslessStringConvertible {
  package init?(_ text: String) {
    if let address = IPv4Address(text) {
      self = .v4(address)
    } else if let address = IPv6Address(text) {
      self = .v6(address)
    } else {
      return nil
    }
  }

  package var description: String {
    switch self {
    case .v4(let address): address.description
    case .v6(let address): address.description
    }
  }
}

extension IPAddress: CodedAsText {}
