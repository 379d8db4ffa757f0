package import LinuxNet
package import Packets

/// A tunnel mesh among the members of a path, from the side of one of them.
package protocol Overlay {
  /// Everything the node needs, in the order in which it is to be made.
  func requests() throws(KernelError) -> NetlinkBatch
}

/// What the kernel must know of the underlay to reach a peer without asking.
package struct OverlayPeer: Sendable {
  /// The peer's index in the topology.
  package let number: Int
  /// The peer's MAC address on the overlay.
  package let mac: MACAddress
  /// Its tunnel endpoint, and that one's MAC address on the segment.
  package let endpoint: IPv4Address
  package let endpointMAC: MACAddress

  package init(
    number: Int, mac: MACAddress, endpoint: IPv4Address, endpointMAC: MACAddress
  ) {
    self.number = number
    self.mac = mac
    self.endpoint = endpoint
    self.endpointMAC = endpointMAC
  }
}
