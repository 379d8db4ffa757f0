package import LinuxNet
import Packets
import TopologyModel

/// A VXLAN mesh with static entries: nothing is learnt from traffic, every peer has one entry for
/// its MAC address and one for what is flooded (RFC 7348; `bridge fdb`).
package struct VXLANOverlay: Overlay {
  private let end: OverlayEnd

  package init(_ end: OverlayEnd) { self.end = end }

  package func build(by maker: inout some LinkMaker) throws(KernelError) -> Int32 {
    let device = try maker.make(end.path.name, preferring: end.interface) {
      (index, batch) throws(KernelError) in
      try batch.addVXLAN(
        end.tunnel(name: end.path.name, index: index, mac: end.member.mac),
        local: end.member.underlay, underlay: end.underlay)
    }
    try maker.add { (batch) throws(KernelError) in
      for peer in end.peers {
        try batch.pinEndpoint(of: peer, on: end.underlay)
        try batch.addFlooding(to: peer.endpoint, on: device)
        try batch.addForwarding(of: peer.mac, to: peer.endpoint, on: device)
      }
    }
    return device
  }
}
