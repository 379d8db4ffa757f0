package import LinuxNet
package import Measurement
import NodeAgent
package import Packets
package import Records
package import TopologyModel

/// Measures the paths of a site in interleaved rounds, so that a change of the machine's speed hits
/// all paths alike.
package final class Experiment {
  /// What is worth telling while it runs.
  package enum Event: Sendable {
    case began(ExperimentPlan.Step)
    case ended(ExperimentPlan.Step)
    case news(path: String, PathNews)
  }

  /// Why it stopped.
  package typealias End = PathControl.RoundEnd

  private let site: any Site
  private let selected: [TopologyPath]
  private let skipped: [String: String]
  private let interruption: Interruption
  private let report: (Event) -> Void
  private var courses: [Course] = []
  private let plan: ExperimentPlan

  /// Brings up every path of `selected` that is not in `skipped`.
  package init(
    site: any Site, paths selected: [TopologyPath], skipped: [String: String], plan: ExperimentPlan,
    interruption: Interruption, journal: @escaping (JournalEntry) -> Void = { _ in },
    report: @escaping (Event) -> Void
  ) throws {
    self.site = site
    self.selected = selected
    self.skipped = skipped
    self.plan = plan
    self.interruption = interruption
    self.report = report
    let run = UInt64.random(in: 1...UInt64.max)
    for path in selected {
      let variants = path.variants.filter { skipped[$0.name] == nil && skipped[path.name] == nil }
      guard !variants.isEmpty else { continue }
      try site.bringUp(path)
      let frames = plan.capturesFrames ? Course.recorded / path.members.count : 0
      let fleet = SharedFleet(try site.fleet(on: path, run: run, recordedFrames: frames))
      for (number, (name, variant)) in variants.enumerated() {
        courses.append(
          try Course(
            name, variant, site: site, fleet: fleet.share(), plan: plan, isFirst: number == 0,
            interruption: interruption, journal: journal
          ) {
            if case .claimed(let claim) = $0 { site.follow(claim, on: variant) }
            report(.news(path: name, $0))
          })
      }
    }
  }

  /// Who takes part in the paths that run.
  package var rosters: [PathRoster] { courses.map(\.roster) }

  /// The steps of `run`, in their order.
  package var steps: [ExperimentPlan.Step] {
    plan.steps(paths: courses.map { ($0.name, $0.path.failover.every, $0.isAtRestToo) })
  }

  /// Measures `transitions` on the first path alone, without a pause; for ever when it is `nil`.
  package func juggle(transitions: Int?, by requests: HandoverRequests? = nil) -> End {
    guard let first = courses.first else { return .completed }
    return first.juggle(transitions: transitions, by: requests)
  }

  /// Leaves the daemons of the first path alone for that time, but for what freezes the holder; whether
  /// nobody interrupted it.
  package func stayCalm(for span: TimeSpan, under freeze: Freeze?) -> Bool {
    guard let first = courses.first else { return true }
    if case .interrupted = first.stayCalm(for: span, under: freeze) { return false }
    rest(after: first.name)
    return !interruption.hasCome
  }

  /// Measures everything that was planned.
  package func run() -> End {
    for course in courses { course.measurePathMTU() }
    for step in steps {
      guard !interruption.hasCome, let course = courses.first(where: { $0.name == step.path })
      else { return .interrupted }
      report(.began(step))
      switch step.kind {
      case .failover(let transitions): _ = course.juggle(transitions: transitions)
      case .latency: course.measureLatency(round: step.round)
      case .warmUp: course.warmBandwidthUp()
      case .bandwidth: course.measureBandwidth(round: step.round)
      }
      rest(after: step.path)
      report(.ended(step))
    }
    makeUpForVoid()
    return interruption.hasCome ? .interrupted : .completed
  }

  /// As many transitions again as were void or left out, and no more than were asked for: those that
  /// count are as many as were asked for where the machine allows it.
  private func makeUpForVoid() {
    for course in courses {
      let void = plan.transitions - course.counted
      guard void > 0, !interruption.hasCome else { continue }
      let what = course.made < plan.transitions ? "void or left out" : "void"
      let text =
        void == 1
        ? "a transition was \(what); another is" : "\(void) transitions were \(what); as many are"
      report(.news(path: course.name, .warning("\(course.name): \(text) made instead")))
      _ = course.juggle(transitions: void)
      rest(after: course.name)
    }
  }

  /// The paths of which so many transitions are void that less than half of what was asked for counts,
  /// and how many do.
  package var spoilt: [(path: String, counted: Int)] {
    courses.filter { $0.void > 0 && 2 * $0.counted < plan.transitions }
      .map { ($0.name, $0.counted) }
  }

  private func rest(after path: String) {
    for failure in site.rest() { report(.news(path: path, .warning(failure))) }
  }

  /// What was measured so far, every selected path in the order of the file.
  package var results: [PathRecord] {
    selected.flatMap { path in
      path.variants.map { name, variant in
        courses.first { $0.name == name }?.result
          ?? PathRecord(
            name, variant, in: site.topology, skipped: skipped[name] ?? skipped[path.name])
      }
    }
  }
}

extension PathRecord {
  /// What a topology says of a path.
  init(
    _ name: String, _ path: TopologyPath, in topology: Topology, skipped: String? = nil,
    transitions: [TransitionRecord] = []
  ) {
    self.init(
      name: name, kind: RecordedKind(path.kind), segment: topology.segments[path.segment].name,
      method: path.failover.method, mtu: path.mtu,
      udpChecksum: path.overlay?.udpChecksum, skipped: skipped, transitions: transitions)
    vip = path.vip.description
    vni = path.overlay?.vni
    udpPort = (path.overlay?.port).map(Int.init)
    failover = path.failover
  }
}
