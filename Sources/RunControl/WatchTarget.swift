package import Packets

/// An address that is to be watched.
package struct WatchTarget: Sendable {
  /// What reports call it.
  package var name: String
  package var address: IPAddress
  /// As the user wrote it: a web server may serve by it.
  package var host: String
  /// The interface that a link-local address is meant on, as in `fe80::1%eth0` (RFC 4007).
  package var zone: String?

  package init(name: String, host: String, address: IPAddress, zone: String? = nil) {
    self.name = name
    self.host = host
    self.address = address
    self.zone = zone
  }

  /// Why it cannot be watched.
  package struct Refusal: Error, CustomStringConvertible {
    package let description: String
    /// Whether it takes a right that the user does not have.
    package var isOfRights = false
  }
}
