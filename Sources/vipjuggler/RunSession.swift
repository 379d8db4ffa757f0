import ArgumentParser
import Glibc
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
  init(_ topology: Topology, report: @escaping (Experiment.Event) -> Void) throws {
    let interruption = try Interruption()
    let opened = try OpenLab(topology)
    self.topology = topology
    skipped = opened.skipped
    experiment = try Experiment(
      lab: opened.lab, paths: topology.paths, skipped: opened.skipped, interruption: interruption,
      report: report)
    guard experiment.canRun else {
      let reasons = topology.paths.compactMap { path in
        opened.skipped[path.name].map { "path `\(path.name)`: \($0)" }
      }
      throw Failure(message: reasons.joined(separator: "\n"), code: .missingFeature)
    }
  }

  func result(seed: UInt64) -> RunResult {
    RunResult(
      tool: Tool.name, topology: topology.name,
      kernel: KernelDescription(release: RunSession.kernelRelease, kind: "host"),
      seed: seed, probeInterval: topology.probe.every, paths: experiment.results)
  }

  private static var kernelRelease: String {
    var name = utsname()
    uname(&name)
    return withUnsafeBytes(of: name.release) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// A lab that `exec` and `shell` find.
struct OpenLab {
  let lab: Lab
  /// Why a path cannot run, by its name.
  let skipped: [String: String]

  init(_ topology: Topology) throws {
    let door = try LabDoor.reserve(topology: topology.name)
    let isRootless = try Privilege.acquire()
    skipped = try Preflight(topology).skipped
    lab = try Lab(topology)
    LabDoor.open(door, to: lab, isRootless: isRootless)
  }
}
