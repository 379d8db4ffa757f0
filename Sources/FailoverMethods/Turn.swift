package import Packets
package import TopologyModel

/// One period in which one server holds the VIP.
package struct Turn: Hashable, Codable, Sendable {
  package let holder: ServerIndex
  /// When the VIP is to move there.
  package let scheduled: Timestamp

  package init(holder: ServerIndex, scheduled: Timestamp) {
    self.holder = holder
    self.scheduled = scheduled
  }
}
