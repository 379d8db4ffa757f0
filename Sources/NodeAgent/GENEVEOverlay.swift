package import LinuxNet
import Packets
import TopologyModel

/// A GENEVE mesh (RFC 8926). The kernel's device is point to point and has no forwarding table, so a
/// node has one device for each peer, all of them ports of one bridge, which has the node's address
/// and the VIP. Every tunnel port is isolated: what comes in by a tunnel leaves by no other, or one
/// broadcast would circle the mesh for ever. The bridge learns nothing at them; static entries say
/// which peer is behind which.
package struct GENEVEOverlay: Overlay {
  private let end: OverlayEnd

  package init(_ end: OverlayEnd) { self.end = end }

  package func requests() throws(KernelError) -> NetlinkBatch {
    var batch = NetlinkBatch()
    try batch.add(
      BridgeLink(
        name: end.path.name, index: end.interface, mtu: end.path.mtu, mac: end.member.mac))
    for peer in end.peers { try add(tunnelTo: peer, to: &batch) }
    return batch
  }

  private func add(
    tunnelTo peer: OverlayPeer, to batch: inout NetlinkBatch
  ) throws(KernelError) {
    let port = end.interface * GENEVEOverlay.indicesPerPath + Int32(peer.number)
    // Reception is keyed on the outer source: it must be the address the peer knows.
    try batch.addHostRoute(
      to: peer.endpoint, via: peer.gateway, on: end.underlay, from: end.member.underlay)
    try batch.pinEndpoint(of: peer, on: end.underlay)
    try batch.addGENEVE(
      end.tunnel(
        name: "_\(end.interface).\(peer.number)", index: port,
        mac: end.member.mac.behind(port: UInt16(peer.number + 1))),
      remote: peer.endpoint, bridge: end.interface)
    batch.setPort(port, flags: [.isolated, .flood])
    try batch.addForwarding(of: peer.mac, byPort: port)
  }

  /// More than the nodes of any lab, so that no index is used twice.
  private static let indicesPerPath: Int32 = 1 << 16
}
