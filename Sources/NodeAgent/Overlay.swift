package import LinuxNet
package import Packets
package import TopologyModel

/// A tunnel mesh among the members of a path, from the side of one of them.
package protocol Overlay {
  init(_ end: OverlayEnd)

  /// Makes every device and entry the node needs; the member's address comes after them. The index
  /// of the device that gets it.
  func build(by maker: inout some LinkMaker) throws(KernelError) -> Int32
}

/// Who makes links, and what goes with them, in one network stack.
package protocol LinkMaker {
  /// Makes a link by the request that `add` appends for an index: `index` where this maker numbers
  /// links, 0 where the kernel is to. The index that the link has.
  mutating func make(
    _ name: String, preferring index: Int32,
    _ add: (Int32, inout NetlinkBatch) throws(KernelError) -> Void
  ) throws(KernelError) -> Int32

  /// Requests about links that were made, gone with them.
  mutating func add(
    _ add: (inout NetlinkBatch) throws(KernelError) -> Void
  ) throws(KernelError)

  /// The route to a tunnel's other end, whose packets must leave from `source`.
  mutating func addRoute(
    to endpoint: IPAddress, via gateway: IPAddress?, on index: Int32, from source: IPAddress
  ) throws(KernelError)
}

/// Numbers the links itself and collects all requests, to be sent together.
package struct LabLinkMaker: LinkMaker {
  package private(set) var batch = NetlinkBatch()

  package init() {}

  package mutating func make(
    _: String, preferring index: Int32,
    _ add: (Int32, inout NetlinkBatch) throws(KernelError) -> Void
  ) throws(KernelError) -> Int32 {
    try add(index, &batch)
    return index
  }

  package mutating func add(
    _ add: (inout NetlinkBatch) throws(KernelError) -> Void
  ) throws(KernelError) { try add(&batch) }

  package mutating func addRoute(
    to endpoint: IPAddress, via gateway: IPAddress?, on index: Int32, from source: IPAddress
  ) throws(KernelError) {
    try batch.addHostRoute(to: endpoint, via: gateway, on: index, from: source)
  }
}

/// One member of an overlay and the peers it has tunnels to.
package struct OverlayEnd: Sendable {
  package let path: TopologyPath
  package let settings: OverlaySettings
  package let member: PathMember
  package let peers: [OverlayPeer]
  /// The index that the interface with the member's address on the overlay is to have.
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
    /// As the kernel finds out itself.
    case asked
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
