package import LinuxNet
package import Packets
package import TopologyModel

/// A tunnel mesh among the members of a path, from the side of one of them.
package protocol Overlay {
  init(_ end: OverlayEnd)

  /// Everything the node needs, in the order in which it is to be made.
  func requests() throws(KernelError) -> NetlinkBatch
}

/// One member of an overlay and the peers it has tunnels to.
package struct OverlayEnd: Sendable {
  package let path: TopologyPath
  package let settings: OverlaySettings
  package let member: PathMember
  package let peers: [OverlayPeer]
  /// The index of the interface that gets the member's address on the overlay.
  package let interface: Int32
  /// The index of the interface below.
  package let underlay: Int32

  package init(
    path: TopologyPath, settings: OverlaySettings, member: PathMember, peers: [OverlayPeer],
    interface: Int32, underlay: Int32
  ) {
    self.path = path
    self.settings = settings
    self.member = member
    self.peers = peers
    self.interface = interface
    self.underlay = underlay
  }

  /// A device of the overlay.
  func tunnel(name: String, index: Int32, mac: MACAddress) -> TunnelLink {
    TunnelLink(
      name: name, index: index, mac: mac, mtu: path.mtu, vni: UInt32(settings.vni),
      port: settings.port, udpChecksum: settings.udpChecksum)
  }
}

/// What the kernel must know of the underlay to reach a peer without asking.
package struct OverlayPeer: Sendable {
  /// The peer's index in the topology.
  package let number: Int
  /// Its MAC address on the overlay.
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
