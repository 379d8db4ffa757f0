import ArgumentParser
import Foundation
import LinuxNet
import NamespaceLab
import NodeAgent
import Packets
import Records
import Reports
import RunControl
import TopologyModel

extension Impairment {
  /// An argument; what is none is told how one is written.
  fileprivate static func reading(_ argument: String) throws -> Impairment {
    guard let impairment = Impairment(argument) else {
      throw ValidationError(
        "--impair: found `\(argument)`, needs `loss 1%` (less than 100%), `delay 5ms`, `jitter 20ms` (1us to 1s), "
          + "`freeze 300ms every 10s` (200ms to 1h) or `none`, with commas between them")
    }
    return impairment
  }
}

struct FrontierCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "frontier",
    abstract: "How fast daemons may watch each other: detection time against false takeovers.",
    discussion: """
      Crashes the holder with every method, interval and impairment, and leaves the daemons alone under it for \
      a while. The pair of `heartbeat` is also simulated, for as many heartbeats as take seconds.
      """)

  @OptionGroup var file: TopologyFile

  @Option(help: ArgumentHelp("The path; the file's first one if not given.", valueName: "name"))
  var path: String?

  @Option(help: ArgumentHelp("heartbeat, vrrp or carp; may be repeated.", valueName: "name"))
  var method: [FailoverMethodName] = [.heartbeat, .vrrp]

  @Option(
    help: ArgumentHelp(
      "Between two words of the daemons, with commas between them.", valueName: "durations"))
  var interval = SpanList(argument: "10ms,30ms,100ms,1s")!

  @Option(
    help: ArgumentHelp(
      "What the daemons have to put up with: `loss 1%`, `delay 5ms`, `jitter 20ms`, `freeze 300ms every 10s`, "
        + "with commas between them, or `none`; may be repeated.", valueName: "impairment"),
    transform: Impairment.reading)
  var impair: [Impairment] = []

  @Option(help: ArgumentHelp("Crashes of the holder, of each.", valueName: "n"))
  var crashes = 5

  @Option(help: ArgumentHelp("Without a crash, of each.", valueName: "duration"))
  var calm = TimeSpan.seconds(20)

  @Option(
    help: ArgumentHelp(
      "Heartbeats to simulate, of each interval and impairment; 0 for no simulation.",
      valueName: "n"))
  var simulate = 5_000_000

  @Option(help: ArgumentHelp("Another probe interval, as in 100us.", valueName: "duration"))
  var probe: TimeSpan?

  @Option(help: ArgumentHelp("Write the results as JSON.", valueName: "file"))
  var json: String?

  @Option(help: ArgumentHelp("Write a page for a browser, in one file.", valueName: "file"))
  var html: String?

  @Option(help: ArgumentHelp("The seed of whatever is left to chance.", valueName: "n"))
  var seed: UInt64?

  @OptionGroup var selection: KernelSelection

  @Flag(help: "No progress on stderr.")
  var quiet = false

  private static let intervals = TimeSpan.milliseconds(1)...TimeSpan.seconds(60)
  private static let crashCounts = 1...1_000
  private static let simulated = 0...1_000_000_000
  private static let calmSpans = TimeSpan.seconds(1)...TimeSpan.seconds(86_400)

  func validate() throws {
    if let other = method.first(where: { !$0.isOfDaemons }) {
      throw ValidationError(
        "--method: nobody watches with \(other.rawValue); take heartbeat, vrrp or "
          + "carp")
    }
    if let other = interval.spans.first(where: { !FrontierCommand.intervals.contains($0) }) {
      throw ValidationError("--interval: found \(other), needs 1ms to 60s")
    }
    guard FrontierCommand.crashCounts.contains(crashes) else {
      throw ValidationError("--crashes: found \(crashes), needs 1 to 1000")
    }
    guard FrontierCommand.simulated.contains(simulate) else {
      throw ValidationError("--simulate: found \(simulate), needs 0 to 1000000000")
    }
    guard FrontierCommand.calmSpans.contains(calm) else {
      throw ValidationError("--calm: found \(calm), needs 1s to 24h")
    }
  }

  func run() throws {
    try reportingFailure {
      var outputs = ReportOutputs<FrontierRecord>()
      try outputs.add(json) { try JSONReport.encode($0) }
      try outputs.add(html) { Data(FrontierReport($0).page().utf8) }
      try outputs.protect([file.topology])
      let topology = try readTopology()
      let plan = FrontierPlan(
        methods: method.unique, intervals: interval.spans.unique,
        impairments: impair.isEmpty ? [Impairment()] : impair.unique, crashes: crashes, calm: calm,
        simulated: simulate)
      let ground = try Ground(
        FrontierCommand.most(topology, plan), on: selection.kernel, writing: outputs.paths)
      let frontier = try Frontier(
        topology, plan: plan, interruption: ground.interruption,
        obstacle: { ground.skipped[$0.name] ?? DaemonProgram.missing(for: $0) },
        makeSite: { try ground.makeLab($0) }, report: tell)
      if let obstacle = frontier.obstacle {
        throw Failure(message: obstacle, code: .missingFeature)
      }
      let (cells, isInterrupted) = try Console.measuring { try frontier.run() }
      let record = FrontierRecord(
        tool: Tool.name, topology: topology.name, path: topology.paths[0].name,
        kernel: KernelDescription.here, seed: topology.seed ?? 0, cells: cells,
        isInterrupted: isInterrupted)
      try outputs.write(
        record, printing: FrontierReport(record).text(style: Console.outputStyle))
      if isInterrupted { throw ExitCode.interrupted }
    }
  }

  private func readTopology() throws -> Topology {
    var topology = try file.read()
    guard !topology.isOnHosts else {
      throw Failure(
        message:
          "the nodes of \(topology.name) are machines of their own; frontier takes a lab, in which it "
          + "may impair the network", code: .validationFailure)
    }
    try topology.select([path ?? topology.paths[0].name])
    if let probe { try topology.setProbeInterval(probe) }
    topology.chooseSeed(seed)
    return topology
  }

  /// A topology that asks of the kernel all that any trial does.
  private static func most(_ topology: Topology, _ plan: FrontierPlan) -> Topology {
    plan.impairments.reduce(topology) { $0.impaired(by: $1) }
  }

  private func tell(_ event: Frontier.Event) {
    switch event {
    case .warning(let text): Console.complain(text)
    case .began(let cell, let number, let count, let left):
      guard !quiet else { return }
      let seconds = Int(left.seconds.rounded(.up))
      Console.progress(
        "\(number) of \(count): \(cell.method.rawValue) every \(cell.interval), \(cell.impairment); about "
          + "\(seconds) s left\n")
    }
  }
}

extension Array where Element: Equatable {
  /// Each of them once, in their order.
  fileprivate var unique: [Element] {
    reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
