package import LinuxNet
package import Measurement
import NodeAgent
package import Packets
package import Records
import TopologyModel

/// Watches addresses from this host, side by side: nothing is moved, and nothing changed anywhere.
package final class WatchRun {
  package struct Settings: Sendable {
    package var probe: WatchProbe
    package var every: TimeSpan
    /// `nil` for until interrupted.
    package var duration: TimeSpan?
    package var keepsCaptures: Bool
    /// Of STAMP's authenticated mode.
    package var key: StampKey?

    package init(
      probe: WatchProbe, every: TimeSpan, duration: TimeSpan?, keepsCaptures: Bool,
      key: StampKey? = nil
    ) {
      self.probe = probe
      self.every = every
      self.duration = duration
      self.keepsCaptures = keepsCaptures
      self.key = key
    }
  }

  private struct Watched {
    let way: WatchWay
    let control: PathControl
    let transitions: Collected<TransitionRecord>
    let view: OutsideView
    let mtu: Int
  }

  private let settings: Settings
  private let fleet: LocalFleet
  private var watched: [Watched] = []
  private let host = HostName.own
  private let started = WallClock.now
  /// When probing ended: what was under way was awaited after that.
  private var ended: Timestamp?

  /// Frames that all addresses keep for captures together: 32 MiB.
  private static let recorded = 1 << 18
  private static let stuckAfter = TimeSpan.milliseconds(1_500)
  /// Nobody has answered for so long: that is said.
  private static let patience = TimeSpan.seconds(3)

  /// Looks the ways up and opens what is needed; throws `WatchTarget.Refusal` where an address cannot
  /// be watched.
  package init(
    _ targets: [WatchTarget], _ settings: Settings, interruption: Interruption,
    journal: @escaping (JournalEntry) -> Void, tell: @escaping (String, PathNews) -> Void
  ) throws {
    self.settings = settings
    self.tell = tell
    switch settings.probe {
    // Every connection that hangs keeps a descriptor until it is given up.
    case .tcp, .http: OpenFileLimit.raise()
    case .icmp, .arp, .stamp: break
    }
    let ways = try targets.map { try WatchWay(to: $0, for: settings.probe) }
    let run = UInt64.random(in: 1...UInt64.max)
    let frames = settings.keepsCaptures ? WatchRun.recorded / targets.count : 0
    var ports: [PathPort] = []
    for (index, way) in ways.enumerated() {
      let prober = try way.prober(for: settings.probe, every: settings.every)
      ports.append(
        try PathPort(
          watching: PathPort.Watch(
            node: NodeID(index), name: host, interface: way.route.interface, mac: way.link.mac,
            vip: way.target.address, gateway: way.route.gateway, answers: prober.answers,
            recordedFrames: frames),
          by: prober.socket))
    }
    let engine = NodeEngine.Settings(
      probe: ProbeSettings(every: settings.every, port: nil),
      session: StampSession(run: run, key: settings.key),
      segmentDelay: .zero, seat: nil, servers: [], nodes: targets.count)
    fleet = try LocalFleet(ports.map(\.node)) { (engine, ports[Int($0.rawValue)]) }
    for (way, port) in zip(ways, ports) {
      guard let view = port.outside else { continue }
      let name = way.target.name
      let member = PathRoster.Member(
        node: port.node, name: host, role: .client, mac: way.link.mac ?? .zero)
      let roster = PathRoster(
        path: name, vip: way.target.address, members: [member], interval: settings.every,
        // What cuts it off comes a little before the first probe that is lost for it.
        lead: 2 * settings.every, gap: .zero, stuckAfter: WatchRun.stuckAfter, outside: view,
        probe: settings.probe.kind)
      let transitions = Collected<TransitionRecord>()
      let control = PathControl(
        roster, fleet: fleet, interruption: interruption, keepsCaptures: settings.keepsCaptures,
        journal: journal
      ) {
        if case .transition(let record) = $0 { transitions.append(record) }
        tell(name, $0)
      }
      watched.append(
        Watched(
          way: way, control: control, transitions: transitions, view: view, mtu: way.link.mtu))
    }
  }

  private let tell: (String, PathNews) -> Void

  package var rosters: [PathRoster] { watched.map(\.control.roster) }

  /// What is watched how: a line each.
  package var introductions: [String] {
    watched.map { each in
      let (target, route) = (each.way.target, each.way.route)
      let name = target.name == "\(target.address)" ? "" : "\(target.name): "
      let way = route.gateway.map { " and the router \($0)" } ?? ""
      return "\(name)\(target.address) by \(each.way.link.name)\(way), \(settings.probe) "
        + "every \(settings.every)"
    }
  }

  /// What this host has no right to, or no way, to see.
  package var limits: [String] {
    let blind = watched.contains { !$0.view.seesFrames && $0.way.link.mac != nil }
    return blind
      ? ["frames are not captured (that takes root or CAP_NET_RAW): announcements are not seen"]
      : []
  }

  /// Until the duration is over, or interrupted. Whether it was interrupted.
  package func run() -> Bool {
    let start = WallClock.now
    let end = settings.duration.map { start + $0 }
    for each in watched { each.control.begin(Round(nil, start: start, settle: .zero, end: end)) }
    var isSilenceTold = false
    while watched.contains(where: { !$0.control.isOver }) {
      collect()
      if !isSilenceTold, WallClock.now - start > WatchRun.patience {
        isSilenceTold = true
        for each in watched where !each.control.hasHeard {
          tell(each.way.target.name, .unanswered(remark: each.control.lastRemark))
        }
      }
    }
    ended = watched.compactMap(\.control.end).max()
    for each in watched { each.control.beginRest() }
    let deadline = WallClock.now + PathControl.patience
    while watched.contains(where: { !$0.control.isAtRest }), WallClock.now < deadline { collect() }
    return watched.contains { $0.control.isStopped }
  }

  private func collect() {
    for (node, report) in fleet.receive(within: PathControl.pollInterval) {
      watched[Int(node.rawValue)].control.take(report, from: node)
    }
    for each in watched { each.control.advance() }
  }

  /// What was seen so far.
  package func record(tool: String, isInterrupted: Bool = false) -> RunRecord {
    RunRecord(
      tool: tool, topology: "watch",
      kernel: KernelDescription(release: Machine.kernelRelease, kind: .host), seed: 0,
      probeInterval: settings.every, paths: watched.map(path),
      conditions: Conditions(
        started: started, duration: (ended ?? WallClock.now) - started,
        processors: Machine.processors,
        programs: [:]),
      isInterrupted: isInterrupted)
  }

  private func path(_ each: Watched) -> PathRecord {
    var path = PathRecord(
      name: each.way.target.name, kind: .watched, method: nil, mtu: each.mtu, udpChecksum: nil,
      skipped: nil, transitions: each.transitions.values)
    if case .stamp = settings.probe { path.foreignPackets = each.control.foreignPackets }
    path.vip = each.way.target.address.description
    path.watch = WatchDescription(
      host: host, interface: each.way.link.name, gateway: each.view.gateway?.description,
      probe: settings.probe.description, every: settings.every, seesFrames: each.view.seesFrames,
      hasAnswered: each.control.hasHeard, aside: each.control.aside,
      unheard: each.control.unheard, unsent: each.control.unsent,
      heldItself: each.control.heldItself(until: ended ?? WallClock.now),
      answeredTogether: each.control.contests)
    return path
  }
}
