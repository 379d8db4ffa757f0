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

  package func build(by maker: inout some LinkMaker) throws(KernelError) -> Int32 {
    let bridge = try maker.make(end.path.name, preferring: end.interface) {
      (index, batch) throws(KernelError) in
      try batch.add(
        BridgeLink(
          name: end.path.name, index: index, mtu: end.path.mtu, mac: end.member.mac))
    }
    try maker.add { (batch) throws(KernelError) in batch.startBridge(bridge) }
    for peer in end.peers { try addTunnel(to: peer, of: bridge, by: &maker) }
    return bridge
  }

  private func addTunnel(
    to peer: OverlayPeer, of bridge: Int32, by maker: inout some LinkMaker
  ) throws(KernelError) {
    // Reception is keyed on the outer source: it must be the address the peer knows.
    try maker.addRoute(
      to: peer.endpoint, via: peer.gateway, on: end.underlay, from: end.member.underlay)
    let name = "_\(bridge).\(peer.number)"
    let port = try maker.make(
      name, preferring: bridge &* GENEVEOverlay.indicesPerPath &+ Int32(peer.number)
    ) { (index, batch) throws(KernelError) in
      try batch.addGENEVE(
        end.tunnel(
          name: name, index: index, mac: end.member.mac.behind(port: UInt16(peer.number + 1))),
        remote: peer.endpoint, bridge: bridge)
    }
    try maker.add { (batch) throws(KernelError) in
      try batch.pinEndpoint(of: peer, on: end.underlay)
      batch.setPort(port, flags: [.isolated, .flood])
      try batch.addForwarding(of: peer.mac, byPort: port)
    }
  }

  /// More than the nodes of any lab, so that no index is used twice.
  private static let indicesPerPath: Int32 = 1 << 16
}
