package import LinuxNet
package import Measurement
package import NodeAgent
import Packets
package import TopologyModel

/// Juggles the VIP over the paths of a lab in interleaved rounds, so that a change of the machine's
/// speed hits all paths alike.
package final class Experiment {
  /// What is worth telling while it runs.
  package enum Event: Sendable {
    case roundBegan(path: String)
    case message(path: String, AgentMessage)
  }

  /// Why it stopped.
  package typealias End = PathEngine.RoundEnd

  /// A path that takes part, with its engine.
  private final class Course {
    let name: String
    var engine: PathEngine

    init(name: String, engine: consuming PathEngine) {
      self.name = name
      self.engine = engine
    }
  }

  /// Transitions a path makes before the next path has its turn.
  private static let transitionsPerRound = 5

  private let lab: Lab
  private let selected: [TopologyPath]
  private let skipped: [String: String]
  private let collector: Collector
  private var courses: [Course] = []

  /// Takes what the engines tell to the paths it belongs to.
  private final class Collector {
    let report: (Event) -> Void
    var transitions: [String: [TransitionResult]] = [:]

    init(report: @escaping (Event) -> Void) { self.report = report }

    func take(_ message: AgentMessage, of path: String) {
      if case .transition(let result) = message { transitions[path, default: []].append(result) }
      report(.message(path: path, message))
    }
  }

  /// Brings up every path of `selected` that is not in `skipped`.
  package init(
    lab: Lab, paths selected: [TopologyPath], skipped: [String: String],
    interruption: Interruption, report: @escaping (Event) -> Void
  ) throws(KernelError) {
    self.lab = lab
    let topology = lab.topology
    self.selected = selected
    self.skipped = skipped
    let collector = Collector(report: report)
    self.collector = collector
    let run = UInt64.random(in: 1...UInt64.max)
    for path in selected where skipped[path.name] == nil {
      let shaping = topology.segments[path.segment].shaping
      let settings = PathEngine.Settings(
        failover: topology.failover, probe: topology.probe, run: run,
        segmentDelay: shaping.delay + shaping.jitter)
      try lab.bringUp(path)
      let engine = try PathEngine(
        settings, ports: lab.ports(on: path), interruption: interruption
      ) { collector.take($0, of: path.name) }
      courses.append(Course(name: path.name, engine: engine))
    }
  }

  /// Whether at least one path can run.
  package var canRun: Bool { !courses.isEmpty }

  /// Measures `transitions` on the first path alone, without a pause; for ever when it is `nil`.
  package func juggle(transitions: Int?) -> End {
    guard let first = courses.first else { return .completed }
    return first.engine.runRound(transitions: transitions)
  }

  /// Measures `transitions` on every path, in rounds.
  package func run(transitions: Int) -> End {
    var remaining = transitions
    while remaining > 0 {
      let count = min(remaining, Experiment.transitionsPerRound)
      for course in courses {
        collector.report(.roundBegan(path: course.name))
        if case .interrupted = course.engine.runRound(transitions: count) {
          return .interrupted
        }
      }
      remaining -= count
    }
    return .completed
  }

  /// What was measured so far, every selected path in the order of the file.
  package var results: [PathResult] {
    selected.map { path in
      PathResult(
        name: path.name, kind: path.kind.rawValue, method: lab.topology.failover.method.rawValue,
        mtu: path.mtu, udpChecksum: path.overlay?.udpChecksum, skipped: skipped[path.name],
        transitions: collector.transitions[path.name] ?? [])
    }
  }
}
