import ArgumentParser
import LabControl
import Measurement
import NodeAgent
import Packets
import Reports
import TopologyModel

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Measure every path of a topology, side by side.")

  @OptionGroup var file: TopologyFile
  @OptionGroup var options: RunOptions
  @OptionGroup(title: "Latency and bandwidth") var measure: MeasureOptions
  @OptionGroup(title: "Reports") var reports: ReportFiles

  @Option(help: ArgumentHelp("Only this path; may be repeated.", valueName: "name"))
  var path: [String] = []

  @Option(
    help: ArgumentHelp(
      "Exit with 2 when a transition is stuck or cuts a client off for longer, as in 50ms.",
      valueName: "duration"))
  var maxLoss: TimeSpan?

  @Option(help: ArgumentHelp("The seed of whatever is left to chance.", valueName: "n"))
  var seed: UInt64?

  private static let defaultHandovers = 20

  func run() throws {
    try reportingFailure {
      let outputs = try ReportOutputs(json: options.json, reports)
      var topology = try file.read()
      try topology.select(path)
      try options.apply(to: &topology)
      let transitions =
        options.transitions(turn: topology.failover.every, paths: topology.paths.count)
        ?? CompareCommand.defaultHandovers
      let plan = measure.plan(transitions: transitions, turn: topology.failover.every)
      let progress = Progress(
        plan, probeInterval: topology.probe.every, isQuiet: options.quiet)
      let ground = try Ground(topology, on: options.kernel, writing: outputs.paths)
      let session = try RunSession(ground, plan) { progress.follow($0) }
      progress.begin(session.experiment.steps)
      let end = session.experiment.run()
      progress.end()
      let seed = seed ?? topology.seed ?? UInt64.random(in: 0...UInt64(Int64.max))
      let result = session.result(seed: seed)
      let exhibit = Exhibit(result)
      Console.print(ComparisonText(exhibit, style: Console.outputStyle).render())
      try outputs.write(exhibit)
      if case .interrupted = end { throw ExitCode.interrupted }
      if let maxLoss { try checkLimit(result, maxLoss) }
    }
  }

  private func checkLimit(_ result: RunResult, _ limit: TimeSpan) throws {
    let broken = result.paths.filter { path in
      path.summary.stuck > 0 || path.summary.lossOfConnectivity.map { $0.max > limit } ?? false
    }
    guard !broken.isEmpty else { return }
    let names = broken.map { "`\($0.name)`" }.joined(separator: ", ")
    throw Failure(
      message: "over the limit of \(limit), or stuck: \(names)", code: .limitExceeded)
  }
}
