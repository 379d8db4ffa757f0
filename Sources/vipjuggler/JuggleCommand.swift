import ArgumentParser
import Foundation
import LinuxNet
import Measurement
import NamespaceLab
import NodeAgent
import Packets
import Records
import Reports
import RunControl
import TopologyModel

struct JuggleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "juggle",
    abstract: "Juggle the VIP over one path, live, until Ctrl-C.",
    discussion: "Exits with 2 when a transition was stuck.")

  @OptionGroup var file: TopologyFile
  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("The path; the file's first one if not given.", valueName: "name"))
  var path: String?

  @Option(
    help: ArgumentHelp(
      "With --method handover or script: when it is asked for, from the beginning on, as in 5s,10s.",
      valueName: "times"))
  var at: SpanList?

  @Flag(
    help:
      "With --method handover or script: move the VIP at every line on standard input, as Enter makes."
  )
  var byHand = false

  @Flag(help: "Only what is not well, and a line an hour.")
  var calm = false

  /// A run that has no end takes no more memory for it.
  private static let kept = 10_000

  func validate() throws {
    if options.method.count > 1 {
      throw ValidationError("--method: juggle shows one; compare takes several")
    }
    if byHand, at != nil || options.handovers != nil || options.duration != nil {
      throw ValidationError(
        "--by-hand says when, and how often: --at, --handovers and --duration do not")
    }
    if at != nil, options.every != nil || options.handovers != nil || options.duration != nil {
      throw ValidationError(
        "--at says when, and how often: --every, --handovers and --duration do not")
    }
  }

  func run() throws {
    try reportingFailure {
      let outputs = try ReportOutputs<Exhibit>(json: options.json, isLive: true)
      try outputs.protect([file.topology])
      var topology = try file.read()
      try topology.select([path ?? topology.paths[0].name])
      try options.apply(to: &topology)
      if let at { try topology.setRequests(at.spans) }
      if byHand { try prepareByHand(&topology) }
      topology.chooseSeed(nil)
      let juggled = topology.paths[0]
      let log = JuggleLog(
        vip: juggled.vip.description, probeInterval: topology.probe.every,
        method: juggled.failover.method)
      let ground = try Ground(topology, on: options.kernel, writing: outputs.paths)
      let transitions = at?.spans.count ?? options.transitions(of: [juggled])
      var plan = ExperimentPlan(transitions: transitions ?? 0)
      plan.kept = transitions == nil ? JuggleCommand.kept : nil
      var calm = calm ? CalmLog(log, probeInterval: topology.probe.every) : nil
      var hasStuck = false
      let session = try RunSession(ground, plan) { event in
        guard case .news(_, let news) = event else { return }
        if case .transition(let record) = news { hasStuck = hasStuck || record.verdict == .stuck }
        tell(news, log, &calm)
      }
      if !options.quiet {
        Console.progress(
          "\(juggled.name): \(byHand ? "a handover at every Enter" : juggled.failover.pace), "
            + "\(topology.probe.kind.article) every \(topology.probe.every)\(transitions == nil ? "; Ctrl-C ends it" : "")\n"
        )
      }
      let requests = byHand ? try JuggleCommand.readRequests() : nil
      _ = Console.measuring {
        session.experiment.juggle(transitions: transitions, by: requests)
      }
      let ending = Result { try session.end() }
      let result = session.record()
      try outputs.write(
        Exhibit(result), printing: ("\n" + log.summary(result.paths[0])).printable)
      let summary = result.paths[0].summary
      try ending.get()
      if hasStuck { throw ExitCode.limitExceeded }
      if summary.transitions > 0 && summary.lossOfConnectivity == nil { throw ExitCode.failure }
    }
  }

  /// Time enough to see what came of each.
  private static let turnByHand = TimeSpan.seconds(2)

  private func prepareByHand(_ topology: inout Topology) throws {
    if let path = topology.paths.first(where: { !$0.failover.method.isOnRequest }) {
      throw Failure(
        message:
          "--by-hand: \(path.failover.method.rawValue) of path `\(path.name)` is not asked; take --method "
          + "handover", code: .validationFailure)
    }
    guard !LabKernel.isInside else {
      throw Failure(
        message: "--by-hand: nobody is at the lab kernel's keyboard; take --kernel host, or --at",
        code: .validationFailure)
    }
    if options.every == nil { try topology.setTurn(JuggleCommand.turnByHand) }
  }

  /// A line on standard input is one.
  private static func readRequests() throws -> HandoverRequests {
    let requests = HandoverRequests()
    let input = try StreamEnd.standard(STDIN_FILENO)
    _ = try WorkThread("keys") {
      while case let bytes = input.read(), !bytes.isEmpty {
        for byte in bytes where byte == UInt8(ascii: "\n") { requests.add() }
      }
    }
    return requests
  }

  private func tell(_ news: PathNews, _ log: JuggleLog, _ calm: inout CalmLog?) {
    switch news {
    case .claimed(let claim):
      guard calm == nil else { break }
      Console.tell(log.claimed(at: claim.at, from: claim.from, to: claim.to))
    case .misdirected(let run):
      let line = log.misdirected(
        server: run.server, prober: run.prober, first: run.first, last: run.last,
        count: run.count, isOver: run.isOver)
      if calm == nil { Console.tell(line) } else { calm?.note(line) }
    case .transition(let result):
      for line in calm?.transition(result) ?? [log.transition(result)] { Console.tell(line) }
    case .warning(let text):
      Console.complain(text)
    case .probes, .capture, .answering, .silent, .unanswered, .contested, .decided:
      break
    }
  }
}
