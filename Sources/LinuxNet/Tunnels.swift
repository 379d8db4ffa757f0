import CNetlink
import Glibc
package import Packets

/// What a VXLAN and a GENEVE device have in common.
package struct TunnelLink: Sendable {
  package var name: String
  package var index: Int32
  package var mac: MACAddress
  package var mtu: Int
  package var vni: UInt32
  /// The outer UDP destination port.
  package var port: UInt16
  /// Whether the outer UDP header carries a checksum.
  package var udpChecksum: Bool

  package init(
    name: String, index: Int32, mac: MACAddress, mtu: Int, vni: UInt32, port: UInt16,
    udpChecksum: Bool
  ) {
    self.name = name
    self.index = index
    self.mac = mac
    self.mtu = mtu
    self.vni = vni
    self.port = port
    self.udpChecksum = udpChecksum
  }
}

extension TunnelLink {
  /// The command that adds it, up.
  fileprivate func command(_ kind: String) -> String {
    "ip link add \(name) up address \(mac) mtu \(mtu) type \(kind) id \(vni) dstport \(port)"
  }

  fileprivate func checksumWords(over family: IPFamily) -> String {
    switch family {
    case .v4: udpChecksum ? " udpcsum" : " noudpcsum"
    case .v6: udpChecksum ? "" : " udp6zerocsumtx udp6zerocsumrx"
    }
  }
}

extension NetlinkBatch {
  /// Adds a VXLAN device, up, that learns nothing from traffic
  /// (`ip link add NAME type vxlan id VNI dstport PORT local LOCAL dev UNDERLAY nolearning`;
  /// over IPv6 a checksum that is not wanted is `udp6zerocsumtx udp6zerocsumrx`);
  /// `underlay` is the index of the interface below.
  package mutating func addVXLAN(
    _ tunnel: TunnelLink, local: IPAddress, underlay: Int32
  ) throws(KernelError) {
    let link = Link(rtnl_link_vxlan_alloc(), tunnel)
    let source = NetlinkAddress(local)
    rtnl_link_vxlan_set_id(link.raw, tunnel.vni)
    rtnl_link_vxlan_set_port(link.raw, UInt32(tunnel.port))
    rtnl_link_vxlan_set_local(link.raw, source.raw)
    rtnl_link_vxlan_set_link(link.raw, UInt32(underlay))
    rtnl_link_vxlan_set_learning(link.raw, 0)
    switch local.family {
    case .v4:
      rtnl_link_vxlan_set_udp_csum(link.raw, tunnel.udpChecksum ? 1 : 0)
    case .v6:
      rtnl_link_vxlan_set_udp_zero_csum6_tx(link.raw, tunnel.udpChecksum ? 0 : 1)
      rtnl_link_vxlan_set_udp_zero_csum6_rx(link.raw, tunnel.udpChecksum ? 0 : 1)
    }
    try add(
      link,
      purpose: tunnel.command("vxlan") + " local \(local) dev \(underlay) nolearning"
        + tunnel.checksumWords(over: local.family))
  }

  /// Adds a GENEVE device, up: point to point, the one tunnel to one peer, and a port of a bridge
  /// (`ip link add NAME master BRIDGE type geneve id VNI remote REMOTE dstport PORT`).
  package mutating func addGENEVE(
    _ tunnel: TunnelLink, remote: IPAddress, bridge: Int32
  ) throws(KernelError) {
    let link = Link(rtnl_link_geneve_alloc(), tunnel)
    let address = NetlinkAddress(remote)
    rtnl_link_set_master(link.raw, bridge)
    rtnl_link_geneve_set_id(link.raw, tunnel.vni)
    rtnl_link_geneve_set_remote(link.raw, address.raw)
    rtnl_link_geneve_set_port(link.raw, UInt32(tunnel.port))
    switch remote.family {
    case .v4:
      rtnl_link_geneve_set_udp_csum(link.raw, tunnel.udpChecksum ? 1 : 0)
    case .v6:
      rtnl_link_geneve_set_udp_zero_csum6_tx(link.raw, tunnel.udpChecksum ? 0 : 1)
      rtnl_link_geneve_set_udp_zero_csum6_rx(link.raw, tunnel.udpChecksum ? 0 : 1)
    }
    try add(
      link,
      purpose: tunnel.command("geneve") + " remote \(remote)"
        + tunnel.checksumWords(over: remote.family) + " master \(bridge)")
  }
}

extension Link {
  fileprivate init(_ raw: OpaquePointer, _ tunnel: TunnelLink) {
    self.init(raw, name: tunnel.name, index: tunnel.index)
    let mac = NetlinkAddress(tunnel.mac)
    rtnl_link_set_addr(raw, mac.raw)
    rtnl_link_set_mtu(raw, UInt32(tunnel.mtu))
    rtnl_link_set_flags(raw, UInt32(IFF_UP))
  }
}
