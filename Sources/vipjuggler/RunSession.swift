import ArgumentParser
import LinuxNet
import Measurement
import NamespaceLab
import Packets
import Records
import Reports
import RunControl
import TopologyModel

/// A lab built from a topology, or the machines that it names, and an experiment there.
struct RunSession {
  let topology: Topology
  let experiment: Experiment
  let skipped: [String: String]
  /// `nil` where the nodes are in a lab, which nothing but the process itself holds.
  private let hosts: HostSite?
  private let started = WallClock.now

  /// Builds the lab, or attaches the machines; `end` is to be called.
  init(
    _ ground: Ground, _ plan: ExperimentPlan,
    journal: @escaping (JournalEntry) -> Void = { _ in },
    report: @escaping (Experiment.Event) -> Void
  ) throws {
    let hosts = try RunSession.reach(ground)
    self.hosts = hosts
    do {
      skipped = hosts?.skipped ?? ground.skipped
      try RunSession.check(ground.topology, skipped)
      for advice in Advice.faults(ground.topology) { Console.complain(advice) }
      let site: any Site
      if let hosts {
        for text in hosts.clockWarnings { Console.complain(text) }
        try hosts.attach()
        site = hosts
      } else {
        let estimate = try LabEstimate(
          ground.topology, skipping: Set(ground.skipped.keys), on: .current())
        if let warning = try estimate.warning() { Console.complain(warning) }
        site = try ground.openLab()
      }
      topology = site.topology
      experiment = try Experiment(
        site: site, paths: topology.paths, skipped: skipped, plan: plan,
        interruption: ground.interruption, journal: journal, report: report)
    } catch {
      RunSession.tell(hosts?.end())
      if ground.interruption.hasCome { throw ExitCode.interrupted }
      throw error
    }
  }

  /// `nil` where the nodes are in a lab.
  private static func reach(_ ground: Ground) throws -> HostSite? {
    guard ground.topology.isOnHosts else { return nil }
    do {
      return try HostSite(ground.topology, version: Tool.name, ground.interruption)
    } catch {
      if ground.interruption.hasCome { throw ExitCode.interrupted }
      throw error
    }
  }

  private static func check(_ topology: Topology, _ skipped: [String: String]) throws {
    let reasons = topology.paths.flatMap { path in
      path.variants.map { name, _ in
        (skipped[name] ?? skipped[path.name]).map { "path `\(name)`: \($0)" }
      }
    }
    guard reasons.contains(nil) else {
      let reasons = reasons.compactMap(\.self)
      throw Failure(message: reasons.joined(separator: "\n"), code: .missingFeature)
    }
  }

  /// Has machines undo what was done there. Throws where one was lost.
  func end() throws {
    guard let hosts else { return }
    let loss = hosts.loss
    RunSession.tell(hosts.end())
    if let loss { throw Failure(message: loss, code: .failure) }
  }

  private static func tell(_ left: [String]?) {
    for text in left ?? [] { Console.complain(text) }
  }

  /// What was measured so far.
  func record(isInterrupted: Bool = false) -> RunRecord {
    let paths = experiment.results
    let tool = paths.compactMap(\.bandwidth?.tool).first
    return RunRecord(
      tool: Tool.name, topology: topology.name, kernel: kernel,
      seed: topology.seed ?? 0, probeInterval: topology.probe.every, paths: paths,
      conditions: topology.conditions(
        started: started, duration: WallClock.now - started,
        processors: hosts?.processors ?? Machine.processors,
        programs: tool.map { ["iperf3": $0] } ?? [:]),
      isInterrupted: isInterrupted)
  }

  private var kernel: KernelDescription {
    if let hosts {
      return KernelDescription(release: hosts.kernels.joined(separator: ", "), kind: .hosts)
    }
    return .here
  }
}

extension KernelDescription {
  /// Of the kernel that this process runs on.
  static var here: KernelDescription {
    KernelDescription(
      release: Machine.kernelRelease, kind: LabKernel.isInside ? .uml : .host)
  }
}
