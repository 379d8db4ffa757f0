package import LinuxNet
import Packets
package import TopologyModel

/// What this machine cannot do of what a topology asks, found by trying it in a namespace that is
/// thrown away.
package struct Preflight: Sendable {
  /// Why a path cannot run, by the path's name.
  package let skipped: [String: String]

  package init(_ topology: Topology) throws(KernelError) {
    var skipped: [String: String] = [:]
    for path in topology.paths {
      skipped[path.name] = try Preflight.objection(to: path.kind)
    }
    self.skipped = skipped
  }

  private static func objection(to kind: PathKind) throws(KernelError) -> String? {
    switch kind {
    case .native:
      return nil
    case .geneve:
      return "GENEVE overlays are not in this version"
    case .vxlan:
      let trial = try Namespace()
      var batch = NetlinkBatch()
      try batch.add(
        VXLANLink(
          name: "trial", index: InterfaceIndex.bridge, mac: .local(group: 0, member: 1), mtu: 1450,
          vni: 1, port: 4789, local: IPv4Address(rawValue: 0x7f00_0001),
          underlay: InterfaceIndex.loopback, udpChecksum: true))
      do {
        try trial.perform(batch)
        return nil
      } catch {
        return "this kernel makes no VXLAN device (module `vxlan`): \(error)"
      }
    }
  }
}
