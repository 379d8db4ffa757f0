package import LinuxNet
package import Packets
package import TopologyModel

/// A tunnel mesh among the members of a path, from the side of one of them.
package protocol Overlay {
  init(_ end: OverlayEnd)

  /// Every device and entry the node needs, in the order in which they are to be made; the member's
  /// address comes after them.
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
  /// Its tunnel endpoint.
  package let endpoint: IPAddress
  package let reached: Way

  /// How its endpoint is reached.
  package enum Way: Sendable {
    /// On the same segment, at this MAC address.
    case onLink(MACAddress)
    /// Through a router.
    case via(IPAddress)
  }

  package init(number: Int, mac: MACAddress, endpoint: IPAddress, reached: Way) {
    self.number = number
    self.mac = mac
    self.endpoint = endpoint
    self.reached = reached
  }

  /// The gateway, where there is one.
  var gateway: IPAddress? {
    if case .via(let gateway) = reached { return gateway }
    return nil
  }
}

extension NetlinkBatch {
  /// The kernel keeps one neighbour table for all namespaces; what is permanent does not overflow it.
  mutating func pinEndpoint(of peer: OverlayPeer, on underlay: Int32) throws(KernelError) {
    guard case .onLink(let mac) = peer.reached else { return }
    try addPermanentNeighbour(peer.endpoint, at: mac, on: underlay)
  }
}
