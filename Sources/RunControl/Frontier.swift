import FailoverMethods
package import LinuxNet
import Measurement
import NodeAgent
package import Packets
package import Records
package import TopologyModel

/// Tries the daemons of a path with one interval after the other, under one impairment after the other:
/// how soon a crash is noticed, and how often one that is well is taken for dead.
package final class Frontier {
  package enum Event: Sendable {
    case began(FrontierCell, number: Int, of: Int, left: TimeSpan)
    case warning(String)
  }

  private let plan: FrontierPlan
  private let makeSite: (Topology) throws -> any Site
  private let interruption: Interruption
  private let report: (Event) -> Void
  private let trials: [(cell: FrontierCell, topology: Topology)]

  /// `topology` has the one path that is tried, and a lab of it is made by `makeSite`. Why a method cannot
  /// run is told by `obstacle`.
  package init(
    _ topology: Topology, plan: FrontierPlan, interruption: Interruption,
    obstacle: (TopologyPath) -> String?, makeSite: @escaping (Topology) throws -> any Site,
    report: @escaping (Event) -> Void
  ) throws(Topology.Refusal) {
    self.plan = plan
    self.makeSite = makeSite
    self.interruption = interruption
    self.report = report
    trials = try Frontier.trials(of: topology, plan, obstacle)
  }

  private static func trials(
    of topology: Topology, _ plan: FrontierPlan, _ obstacle: (TopologyPath) -> String?
  ) throws(Topology.Refusal) -> [(cell: FrontierCell, topology: Topology)] {
    var trials: [(cell: FrontierCell, topology: Topology)] = []
    for impairment in plan.impairments {
      for method in plan.methods {
        for interval in plan.intervals {
          var tried = topology.impaired(by: impairment)
          try tried.select(methods: [method])
          tried.paths[0].failover = tried.paths[0].failover.watching(every: interval)
          let failover = tried.paths[0].failover
          trials.append(
            (
              FrontierCell(
                method: method, interval: interval, detectionLimit: failover.detection,
                impairment: impairment,
                skipped: failover.intervalObjection ?? obstacle(tried.paths[0])), tried
            ))
        }
      }
    }
    return trials
  }

  /// Why nothing of it can be tried; `nil` when something can.
  package var obstacle: String? {
    guard trials.allSatisfy({ $0.cell.skipped != nil }) else { return nil }
    return trials.first?.cell.skipped
  }

  /// Everything that was planned, or what of it was done when a signal came.
  package func run() throws -> (cells: [FrontierCell], isInterrupted: Bool) {
    var cells: [FrontierCell] = []
    for (number, trial) in trials.enumerated() {
      var cell = trial.cell
      guard !interruption.hasCome else { return (cells, true) }
      let left = trials[number...].reduce(TimeSpan.zero) { $0 + estimate($1.cell, $1.topology) }
      report(.began(cell, number: number + 1, of: trials.count, left: left))
      if cell.skipped == nil {
        let (figures, isWhole) = try measure(cell, trial.topology)
        guard isWhole else { return (cells, true) }
        cell.measured = figures
      }
      if cell.method == .heartbeat, cell.skipped == nil, plan.simulated > 0 {
        cell.simulated = simulate(cell, trial.topology)
      }
      cells.append(cell)
    }
    return (cells, false)
  }

  private func estimate(_ cell: FrontierCell, _ tried: Topology) -> TimeSpan {
    guard cell.skipped == nil else { return .zero }
    let failover = tried.paths[0].failover
    // Each of the two waits for the daemons to find their places.
    return plan.calm(under: cell.impairment.freeze) + plan.crashes * failover.every + 2
      * (2 * failover.detection + .seconds(2))
  }
}

extension Frontier {
  /// `isWhole` is whether nobody interrupted it.
  private func measure(
    _ cell: FrontierCell, _ tried: Topology
  ) throws -> (figures: FrontierFigures, isWhole: Bool) {
    let site = try makeSite(tried)
    let experiment = try Experiment(
      site: site, paths: tried.paths, skipped: [:], plan: ExperimentPlan(transitions: plan.crashes),
      interruption: interruption
    ) { [report] in
      if case .news(_, .warning(let text)) = $0 { report(.warning(text)) }
    }
    let calmSpan = plan.calm(under: cell.impairment.freeze)
    let isCalm = experiment.stayCalm(for: calmSpan, under: cell.impairment.freeze)
    let calm = experiment.results[0].transitions
    let isWhole = isCalm && experiment.run() == .completed
    let crashes = experiment.results[0].transitions.dropFirst(calm.count)
      .filter { $0.disturbance == .fault }
    let counted = crashes.filter { $0.verdict != .void }
    let path = tried.paths[0]
    let servers = path.members.filter { tried.nodes[$0.node].role == .server }
    let preferred =
      path.failover.preempts ? tried.nodes[servers[path.failover.preferredRank].node].name : nil
    let isFalse = { (transition: TransitionRecord) in
      transition.disturbance != .recovery && ![transition.from, preferred].contains(transition.to)
    }
    let figures = FrontierFigures(
      crashes: counted.count, void: (calm + crashes).count { $0.verdict == .void },
      detections: counted.compactMap(\.detection),
      lossOfConnectivity: Distribution(counted.map(\.lossOfConnectivity)),
      falseTakeovers: EventRate(
        calm.count { $0.verdict != .void && isFalse($0) }, in: calmSpan.seconds / 3_600))
    return (figures, isWhole)
  }

  private func simulate(_ cell: FrontierCell, _ tried: Topology) -> FrontierFigures {
    let path = tried.paths[0]
    let simulation = HeartbeatSimulation(
      path.failover, on: tried.segments[path.segment].shaping, freeze: cell.impairment.freeze,
      seed: tried.seed ?? 0)
    let calm = plan.simulated * cell.interval
    let detections = simulation.detections(of: FrontierPlan.simulatedCrashes)
    return FrontierFigures(
      crashes: detections.count, detections: detections,
      falseTakeovers: EventRate(
        simulation.falseTakeovers(within: calm), in: calm.seconds / 3_600))
  }
}
