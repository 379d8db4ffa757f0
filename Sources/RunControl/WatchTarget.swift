package import Packets

/// An address that is to be watched.
package struct WatchTarget: Sendable {
  /// What reports call it.
  package var name: String
  package var address: IPAddress
  /// As the user wrote it: a web server may serve by it.
  package var host: String

  package init(name: String, host: String, address: IPAddress) {
    self.name = name
    self.host = host
    self.address = address
  }

  /// Why it cannot be watched.
  package struct Refusal: Error, CustomStringConvertible {
    package let description: String
  }
}
