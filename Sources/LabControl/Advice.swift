package import LinuxNet
import Packets
package import TopologyModel

/// What in a topology, or in this kernel's parameters, keeps a VIP from moving, said before a run
/// shows it.
package enum Advice {
  package static func lines(for topology: Topology) throws(KernelError) -> [String] {
    let node = try Namespace()
    return try node.run { () throws(KernelError) in
      kernel(topology) + switches(topology)
    }
  }

  /// By the parameters that a new node gets.
  private static func kernel(_ topology: Topology) -> [String] {
    var lines: [String] = []
    if (try? Sysctl.get("ipv4.conf.default.drop_gratuitous_arp")) == "1" {
      lines.append(
        "nodes of this kernel drop announcements: net.ipv4.conf.default.drop_gratuitous_arp is 1")
    }
    if topology.failover.form == .replyBroadcast {
      let locktime = (try? Sysctl.get("ipv4.neigh.default.locktime")).flatMap { Int($0) }
      // In hundredths of a second, as sysctl(8) shows it.
      let age = locktime.map { " (\($0 * 10) ms)" } ?? ""
      lines.append(
        "announcements of form `reply-broadcast` are not heeded while a client's entry is younger "
          + "than its locktime\(age); `request` and `reply` are")
    }
    return lines
  }

  private static func switches(_ topology: Topology) -> [String] {
    topology.segments.enumerated().compactMap { index, segment in
      let natives = topology.paths.filter { $0.segment == index && !$0.kind.isOverlay }
      guard let native = natives.first else { return nil }
      switch segment.switchModel {
      case .filtering(apiDelay: nil):
        return "path `\(native.name)`: no announcement moves its VIP over the filtering switch "
          + "`\(segment.name)`; with `apiDelay` its control plane would"
      case .dropAnnouncements:
        return "path `\(native.name)`: the switch `\(segment.name)` drops its announcements; "
          + "recovery is left to the clients"
      case .learning, .sticky, .filtering:
        return nil
      }
    }
  }
}
