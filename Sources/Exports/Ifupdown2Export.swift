import Packets
import TopologyModel

/// A path as a stanza of /etc/network/interfaces (ifupdown2's addons).
struct Ifupdown2Export {
  private let end: ExportedEnd

  init(_ end: ExportedEnd) { self.end = end }

  func files() throws(ExportRefusal) -> [ExportedFile] {
    guard end.path.kind == .vxlan, let settings = end.path.overlay else {
      throw ExportRefusal(
        description: "path `\(end.path.name)`: ifupdown2 has no GENEVE; --as script builds it")
    }
    guard end.member.underlay.family == .v4 else {
      throw ExportRefusal(
        description:
          "path `\(end.path.name)`: ifupdown2 has no VXLAN over IPv6; --as script builds it")
    }
    let notes =
      [
        end.title, "For a file under /etc/network/interfaces.d.", "",
        "Not expressed: whether the outer UDP header carries a checksum (the lab: "
          + (settings.udpChecksum ? "yes" : "no") + "; Linux's default: yes),",
        "and the interface below, which the device finds by its route.", "",
      ] + end.leftOut
    let lines =
      [
        "auto \(end.interface)", "iface \(end.interface)", "    vxlan-id \(settings.vni)",
        "    vxlan-local-tunnelip \(end.member.underlay)",
      ] + end.peers.map { "    vxlan-remoteip \($0.endpoint)" } + [
        "    vxlan-learning no", "    vxlan-port \(settings.port)",
        "    hwaddress \(end.member.mac)", "    mtu \(end.path.mtu)", "    address \(end.address)",
      ]
      + end.peers.map {
        "    post-up bridge fdb replace \($0.mac) dev \(end.interface) dst \($0.endpoint) self permanent"
      }
    return [
      ExportedFile(
        name: end.path.name,
        text: ExportedEnd.comment(notes) + lines.joined(separator: "\n") + "\n")
    ]
  }
}
