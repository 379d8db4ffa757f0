package import LinuxNet
import Packets
package import TopologyModel

/// A VXLAN mesh with static entries: nothing is learnt from traffic, every peer has one entry for
/// its MAC address and one for what is flooded (RFC 7348; `bridge fdb`).
package struct VXLANOverlay: Overlay {
  private let path: TopologyPath
  private let settings: OverlaySettings
  private let member: PathMember
  private let peers: [OverlayPeer]
  private let interface: Int32
  private let underlay: Int32

  /// `interface` is the index the device gets, `underlay` that of the interface below it.
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
      VXLANLink(
        name: path.name, index: interface, mac: member.mac, mtu: path.mtu,
        vni: UInt32(settings.vni), port: settings.port, local: member.underlay,
        underlay: underlay, udpChecksum: settings.udpChecksum))
    try batch.addAddress(
      member.address, prefixLength: path.subnet.prefixLength, to: interface)
    for peer in peers {
      // The kernel keeps one ARP table for all namespaces; what is permanent does not overflow it.
      try batch.addPermanentNeighbour(peer.endpoint, at: peer.endpointMAC, on: underlay)
      try batch.addFlooding(to: peer.endpoint, on: interface)
      try batch.addForwarding(of: peer.mac, to: peer.endpoint, on: interface)
    }
    return batch
  }
}
