import ArgumentParser
import LinuxNet
import Measurement
import NamespaceLab
import Packets
import Records
import Reports
import RunControl
import TopologyModel

/// A lab built from a topology, and an experiment in it.
struct RunSession {
  let topology: Topology
  let experiment: Experiment
  let skipped: [String: String]
  private let started = WallClock.now

  /// Builds the lab. Nothing but the process itself holds it, so nothing is to be undone.
  init(
    _ ground: Ground, _ plan: ExperimentPlan,
    journal: @escaping (JournalEntry) -> Void = { _ in },
    report: @escaping (Experiment.Event) -> Void
  ) throws {
    topology = ground.topology
    skipped = ground.skipped
    guard topology.paths.contains(where: { ground.skipped[$0.name] == nil }) else {
      let reasons = topology.paths.compactMap { path in
        ground.skipped[path.name].map { "path `\(path.name)`: \($0)" }
      }
      throw Failure(message: reasons.joined(separator: "\n"), code: .missingFeature)
    }
    experiment = try Experiment(
      site: ground.openLab(), paths: topology.paths, skipped: ground.skipped, plan: plan,
      interruption: ground.interruption, journal: journal, report: report)
  }

  /// What was measured so far.
  func record(isInterrupted: Bool = false) -> RunRecord {
    let paths = experiment.results
    let tool = paths.compactMap(\.bandwidth?.tool).first
    return RunRecord(
      tool: Tool.name, topology: topology.name,
      kernel: KernelDescription(
        release: Machine.kernelRelease, kind: LabKernel.isInside ? .uml : .host),
      seed: topology.seed ?? 0, probeInterval: topology.probe.every, paths: paths,
      conditions: topology.conditions(
        started: started, duration: WallClock.now - started, processors: Machine.processors,
        programs: tool.map { ["iperf3": $0] } ?? [:]),
      isInterrupted: isInterrupted)
  }
}
