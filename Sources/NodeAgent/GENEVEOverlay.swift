package import LinuxNet
import Packets
package import TopologyModel

/// A GENEVE mesh (RFC 8926). The kernel's device is point to point and has no forwarding table, so a
/// node has one device for each peer, all of them ports of one bridge, which has the node's address
/// and the VIP. Every tunnel port is isolated: what comes in by a tunnel leaves by no other, or one
/// broadcast would circle the mesh for ever. The bridge learns nothing at them; static entries say
/// which peer is behind which.
package struct GENEVEOverlay: Overlay {
  private let path: TopologyPath
  private let settings: OverlaySettings
  private let member: PathMember
  private let peers: [OverlayPeer]
  private let interface: Int32
  private let underlay: Int32

  /// `interface` is the index the bridge gets, `underlay` that of the interface below. The tunnels'
  /// indices are `interface` and the peers' `number`, multiplied out so that none is used twice.
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

  package func requests() throws(KernelError) -> NetlinkBatch {
    var batch = NetlinkBatch()
    try batch.add(
      BridgeLink(name: path.name, index: interface, mtu: path.mtu, mac: member.mac))
    try batch.addAddress(
      member.address, prefixLength: path.subnet.prefixLength, to: interface)
    for peer in peers { try add(tunnelTo: peer, to: &batch) }
    return batch
  }

  private func add(
    tunnelTo peer: OverlayPeer, to batch: inout NetlinkBatch
  ) throws(KernelError) {
    let port = interface * GENEVEOverlay.indicesPerPath + Int32(peer.number)
    // Reception is keyed on the outer source: it must be the address the peer knows.
    try batch.addHostRoute(to: peer.endpoint, on: underlay, from: member.underlay)
    try batch.addPermanentNeighbour(peer.endpoint, at: peer.endpointMAC, on: underlay)
    try batch.add(
      GeneveLink(
        name: "_\(interface).\(peer.number)", index: port,
        mac: member.mac.behind(port: UInt16(peer.number + 1)), mtu: path.mtu,
        vni: UInt32(settings.vni), port: settings.port, remote: peer.endpoint,
        bridge: interface, udpChecksum: settings.udpChecksum))
    batch.setPort(port, flags: [.isolated, .flood])
    try batch.addForwarding(of: peer.mac, byPort: port)
  }

  /// More than the nodes of any lab.
  private static let indicesPerPath: Int32 = 1 << 16
}
