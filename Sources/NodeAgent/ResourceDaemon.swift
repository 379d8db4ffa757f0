import FailoverMethods
import Glibc
package import LinuxNet
import Packets
package import TopologyModel

/// The resources of a cluster at one of a pair of servers, as a process: hears and sends heartbeats, and has OCF
/// resource agents start, stop and monitor what they are of.
package final class ResourceDaemon {
  package struct Settings: Codable, Sendable {
    package var failover: FailoverSettings
    package var line: HeartbeatLine.Settings
    /// What `$WORD`s in parameters stand for here.
    package var place: [PlaceVariable: String]

    package init(
      failover: FailoverSettings, line: HeartbeatLine.Settings, place: [PlaceVariable: String]
    ) {
      self.failover = failover
      self.line = line
      self.place = place
    }
  }

  /// An action that an agent is about.
  private struct Run {
    let errand: Errand
    let action: ResourceAction
    let deadline: Timestamp
    let timeout: TimeSpan
    var isHeard = true
  }

  private enum Tag {
    static let line: UInt64 = 0
    static let interruption: UInt64 = 1
    static let first: UInt64 = 2
  }

  private let settings: Settings
  private let agents: [ResourceAgent]
  private let line: HeartbeatLine
  private let poll: EventPoll
  private var manager: ResourceManager
  /// By the place of their resources.
  private var runs: [Int: Run] = [:]
  private let tell: (String) -> Void

  /// In the namespace of the calling thread, with a /run of its own; `tell` is told what went wrong, in lines of
  /// JSON, each a `ProgramTrouble`.
  package init(_ settings: Settings, tell: @escaping (String) -> Void) throws(KernelError) {
    self.settings = settings
    self.tell = tell
    try Machine.coverFolder("/run")
    Machine.makeFolder("/run/resource-agents")
    agents = settings.failover.resources.enumerated().map { number, resource in
      ResourceAgent(resource, number: number, at: settings.place)
    }
    line = try HeartbeatLine(settings.line)
    poll = try EventPoll()
    try poll.add(line.descriptor, tag: Tag.line)
    manager = ResourceManager(
      settings.failover, priority: settings.line.priority, pair: settings.line.pair,
      countingFrom: .random(in: 1...(.max)), at: WallClock.monotonic)
  }

  /// Until `interruption`, and what runs here has been stopped.
  package func run(until interruption: Interruption) throws(KernelError) {
    try poll.add(interruption.descriptor, tag: Tag.interruption)
    var isEnding = false
    while true {
      hear()
      attend()
      act()
      if manager.isOver { return }
      _ = poll.wait(timeout: nextDeadline - WallClock.monotonic)
      if !isEnding, interruption.hasCome {
        isEnding = true
        poll.remove(interruption.descriptor)
        manager.resign()
      }
    }
  }

  private var nextDeadline: Timestamp {
    runs.values.reduce(manager.nextDeadline) { min($0, $1.deadline) }
  }

  /// What waited while the process stood still is of the past, and is dropped.
  private func hear() {
    let isStale = manager.hasStoodStill(at: WallClock.monotonic)
    line.drain { packet in
      if !isStale { manager.hear(packet, at: WallClock.monotonic) }
    }
  }

  private func act() {
    while let effect = manager.step(at: WallClock.monotonic) {
      switch effect {
      case .send(let packet): line.send(packet)
      case .tell(let trouble): tell(trouble.line)
      case .run(let action, let place): start(action, of: place)
      }
    }
  }
}

/// What agents are about.
extension ResourceDaemon {
  private func start(_ action: ResourceAction, of place: Int) {
    let timeout = settings.failover.resources[place].timeout(of: action)
    do {
      let errand = try agents[place].begin(action, isProbe: !manager.isRunning(place))
      runs[place] = Run(
        errand: errand, action: action, deadline: WallClock.monotonic + timeout, timeout: timeout)
      try poll.add(errand.end, tag: Tag.first + UInt64(2 * place))
      try poll.add(errand.output.descriptor, tag: Tag.first + UInt64(2 * place) + 1)
    } catch {
      if runs[place] != nil { return finish(place, .failed(reason: "\(error)")) }
      manager.finished(place, .failed(reason: "\(error)"), at: WallClock.monotonic)
    }
  }

  /// Takes in what they print, and how they end.
  private func attend() {
    for (place, run) in runs {
      if run.isHeard, !run.errand.read() {
        poll.remove(run.errand.output.descriptor)
        runs[place]?.isHeard = false
      }
      if run.errand.end.isReadable(within: .zero) {
        run.errand.read()
        finish(place, nil)
      } else if run.deadline <= WallClock.monotonic {
        run.errand.kill()
        finish(place, .timedOut(after: run.timeout))
      }
    }
  }

  /// Of one that has ended, or is about to; `outcome` where that is not its exit code.
  private func finish(_ place: Int, _ outcome: ResourceOutcome?) {
    guard let run = runs.removeValue(forKey: place) else { return }
    poll.remove(run.errand.end)
    if run.isHeard { poll.remove(run.errand.output.descriptor) }
    if outcome != nil { run.errand.kill() }
    let code = run.errand.wait()
    manager.finished(
      place, outcome ?? .exited(code), words: ResourceAgent.reason(in: run.errand.lines),
      at: WallClock.monotonic)
  }
}
