import ArgumentParser
import Measurement
import NamespaceLab
import NodeAgent
import Packets
import Records
import Reports
import RunControl
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

  @Option(
    help: ArgumentHelp(
      "Keep what all nodes observed, for `judge`: a line of JSON each.", valueName: "file"))
  var journal: String?

  @Option(help: ArgumentHelp("The seed of whatever is left to chance.", valueName: "n"))
  var seed: UInt64?

  private static let defaultHandovers = 20

  func run() throws {
    try reportingFailure {
      let outputs = try ReportOutputs<Exhibit>(json: options.json, reports)
      try outputs.protect([file.topology])
      let journal = try journal.map { try JournalFile($0, beside: outputs, reading: file.topology) }
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
        writing: outputs.paths + [self.captures.map { $0 + "/." }, self.journal].compactMap { $0 })
      let session = try RunSession(ground, plan, journal: { journal?.add($0) }) {
        if case .news(let path, .capture(let file)) = $0 { captures?.take(file, of: path) }
        progress.follow($0)
      }
      try journal?.begin(
        JournalHeader(run: session.record(), rosters: session.experiment.rosters))
      let end = Console.measuring {
        progress.begin(session.experiment.steps)
        defer { progress.end() }
        return session.experiment.run()
      }
      captures?.finish()
      let ending = Result { try session.end() }
      let isInterrupted = if case .interrupted = end { true } else { false }
      let result = session.record(isInterrupted: isInterrupted)
      journal?.finish(result)
      let exhibit = Exhibit(result)
      // A run that was over before it began leaves the files of an earlier one alone.
      if result.isEmpty {
        outputs.print(outputs.table(exhibit))
      } else {
        try outputs.write(exhibit)
      }
      if isInterrupted, (try? ending.get()) != nil { throw ExitCode.interrupted }
      try ending.get()
      if result.isEmpty {
        throw Failure(
          message:
            "nothing was measured: nothing moved the VIP; what was said before this says why",
          code: .failure)
      }
      if let maxLoss { try LossLimit(maxLoss).check(result) }
      try check(session.experiment.spoilt, of: transitions, probing: topology.probe.every)
    }
  }

  /// Throws where too little counts for the figures to be taken for those of the paths.
  private func check(
    _ spoilt: [(path: String, counted: Int)], of asked: Int, probing interval: TimeSpan
  ) throws {
    guard !spoilt.isEmpty else { return }
    let counts = spoilt.map { "\($0.counted) of \(asked) on `\($0.path)`" }
    throw Failure(
      message: """
        too few transitions count, \(counts.joined(separator: ", ")): the others are void, for what is \
        said below the table; fewer probers, a longer --probe than \(interval), or a machine with less \
        to do would help
        """,
      code: .failure)
  }
}
