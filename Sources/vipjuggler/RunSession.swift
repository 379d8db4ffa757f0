import ArgumentParser
import LabControl
import LinuxNet
import Measurement
import Reports
import TopologyModel

/// A lab built from a topology, and an experiment in it.
struct RunSession {
  let topology: Topology
  let experiment: Experiment
  let skipped: [String: String]

  /// Builds the lab. Nothing but the process itself holds it, so nothing is to be undone.
  init(_ ground: Ground, report: @escaping (Experiment.Event) -> Void) throws {
    topology = ground.topology
    skipped = ground.skipped
    experiment = try Experiment(
      lab: ground.openLab(), paths: topology.paths, skipped: ground.skipped,
      interruption: ground.interruption, report: report)
    guard experiment.canRun else {
      let reasons = topology.paths.compactMap { path in
        ground.skipped[path.name].map { "path `\(path.name)`: \($0)" }
      }
      throw Failure(message: reasons.joined(separator: "\n"), code: .missingFeature)
    }
  }

  func result(seed: UInt64) -> RunResult {
    RunResult(
      tool: Tool.name, topology: topology.name,
      kernel: KernelDescription(
        release: Machine.kernelRelease, kind: LabKernel.isInside ? LabKernel.kind : "host"),
      seed: seed, probeInterval: topology.probe.every, paths: experiment.results)
  }
}
