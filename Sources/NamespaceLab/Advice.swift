package import LinuxNet
import Packets
package import TopologyModel

/// What in a topology, or in this kernel's parameters, keeps a VIP from moving, said before a run
/// shows it.
package enum Advice {
  package static func lines(for topology: Topology) throws(KernelError) -> [String] {
    let node = try Namespace()
    return try node.run { () throws(KernelError) in
      kernel(topology) + nodes(topology) + silence(topology) + forms(topology)
        + switches(topology) + faults(topology)
    }
  }

  /// By the parameters that a new node gets.
  private static func kernel(_ topology: Topology) -> [String] {
    guard topology.nodes.contains(where: { $0.setting(.dropGratuitousARP) == nil }) else {
      return []
    }
    let families = Set(topology.paths.map(\.vip.family))
    return [IPFamily.v4, .v6].filter(families.contains).compactMap { family in
      let name = NeighbourParameter.dropGratuitousARP.sysctl(of: family, scope: "default")
      guard (try? Sysctl.get(name)) == "1" else { return nil }
      return "nodes of this kernel drop announcements: net.\(name) is 1"
    }
  }

  private static func nodes(_ topology: Topology) -> [String] {
    let members = topology.paths.memberNodes
    return topology.nodes.enumerated().compactMap { index, node in
      if node.role == .server, !members.contains(index) {
        return
          "server `\(node.name)` is on the segment of no path: it neither holds a VIP nor probes"
      }
      guard node.setting(.dropGratuitousARP) == 1 else { return nil }
      return "node `\(node.name)` heeds no announcement: its `neigh` has "
        + "`\(NeighbourParameter.dropGratuitousARP.rawValue): true`"
    }
  }

  private static func silence(_ topology: Topology) -> [String] {
    let paths = topology.paths.filter { $0.failover.form == .silent }
    return paths.map {
      "path `\($0.name)`: nothing announces its VIP (`form: none`); recovery is left to the clients"
    }
  }

  /// Of those that are over before anybody has noticed.
  package static func faults(_ topology: Topology) -> [String] {
    topology.paths.flatMap { path in
      let noticed = path.failover.detection
      let rounded = TimeSpan.milliseconds((noticed.nanoseconds + 999_999) / 1_000_000)
      return path.failover.faults.filter { $0.lasting < noticed }.map {
        "path `\(path.name)`: a \($0.name.rawValue) of \($0.lasting) may be over before it is "
          + "noticed, which takes up to \(rounded)"
      }
    }
  }

  private static func forms(_ topology: Topology) -> [String] {
    let paths = topology.paths.filter {
      $0.vip.family == .v4 && $0.failover.form == .replyBroadcast
    }
    // A locktime of 0 heeds everything.
    guard !paths.isEmpty, topology.nodes.contains(where: { $0.setting(.locktime) != 0 }) else {
      return []
    }
    let names = paths.map { "`\($0.name)`" }.joined(separator: ", ")
    return [
      "announcements of form `reply-broadcast` (\(names)) are not heeded while a client's entry is "
        + "younger than its locktime, 1 s unless set; `request` and `reply` are"
    ]
  }

  private static func switches(_ topology: Topology) -> [String] {
    topology.paths.filter { !$0.kind.isOverlay }.compactMap { path in
      let segment = topology.segments[path.segment]
      switch segment.switchModel {
      case .sticky(let probability, let hold):
        return
          "path `\(path.name)`: after \(Int((probability * 100).rounded()))% of its moves the sticky "
          + "switch `\(segment.name)` goes on using the old location for \(hold)"
      case .filtering(.claims(let delay)) where delay >= path.failover.every:
        return
          "path `\(path.name)`: the control plane of the filtering switch `\(segment.name)` takes "
          + "\(delay), and a turn of \(path.failover.every) is over before"
      case .filtering(.robot(let plan)) where !path.failover.method.runsPrograms:
        return
          "path `\(path.name)`: nothing asks the web service of the switch `\(segment.name)` at "
          + "127.0.0.1 port \(plan.port) to move its VIP; `method: ocf` or `script` can"
      case .filtering(.nothing):
        return "path `\(path.name)`: no announcement moves its VIP over the filtering switch "
          + "`\(segment.name)`; with `apiDelay` or `robot` its control plane would"
      case .staleHosts where path.failover.healing == nil:
        return "path `\(path.name)`: behind the stale-hosts switch `\(segment.name)` nodes go on "
          + "reaching the old holder until they talk to the new one's own address; "
          + "`heal: ping-primary` makes them"
      case .dropAnnouncements:
        return "path `\(path.name)`: the switch `\(segment.name)` drops its announcements; "
          + "recovery is left to the clients"
      case .ageing(let time) where path.replies != nil && path.failover.announceEvery >= time:
        return
          "path `\(path.name)`: the switch `\(segment.name)` forgets where its VIP is \(time) after it "
          + "heard of the holder, whose answers leave elsewhere; announcements that come more often keep it "
          + "(`announce: { every: … }`)"
      case .learning, .filtering, .staleHosts, .ageing:
        return nil
      }
    }
  }
}
