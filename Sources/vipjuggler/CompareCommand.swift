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

  @Option(
    help: ArgumentHelp(
      "Write what each node saw of every slow transition as pcapng files.", valueName: "folder"))
  var captures: String?

  @Option(help: ArgumentHelp("The seed of whatever is left to chance.", valueName: "n"))
  var seed: UInt64?

  private static let defaultHandovers = 20

  func run() throws {
    try reportingFailure {
      let outputs = try ReportOutputs(json: options.json, reports)
      var topology = try file.read()
      try topology.select(path)
      try options.apply(to: &topology)
      topology.chooseSeed(seed)
      let transitions =
        options.transitions(of: topology.paths) ?? CompareCommand.defaultHandovers
      let captures = try captures.map { try CaptureFolder($0) }
      var plan = measure.plan(transitions: transitions)
      plan.capturesFrames = captures != nil
      let progress = Progress(
        plan, probeInterval: topology.probe.every, isQuiet: options.quiet)
      let ground = try Ground(
        topology, on: options.kernel,
        writing: outputs.paths + [self.captures.map { $0 + "/." }].compactMap { $0 })
      let session = try RunSession(ground, plan) {
        if case .message(let path, .capture(let file)) = $0 { captures?.take(file, of: path) }
        progress.follow($0)
      }
      progress.begin(session.experiment.steps)
      let end = session.experiment.run()
      progress.end()
      captures?.finish()
      var result = session.result()
      if case .interrupted = end { result.interrupted = true }
      let exhibit = Exhibit(result)
      Console.print(ComparisonText(exhibit, style: Console.outputStyle).render())
      // A run that was over before it began leaves the files of an earlier one alone.
      if !result.isEmpty { try outputs.write(exhibit) }
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
