package import Packets

/// An address that is to be watched.
package struct WatchTarget: Sendable {
  /// What reports call it.
  package var name: String
  package var address: IPAddress

  package init(name: String, address: IPAddress) {
    self.name = name
    self.address = address
  }

  /// Why it cannot be watched.
  package struct Refusal: Error, CustomStringConvertible {
    package let description: String
  }
}
