import ArgumentParser
import Packets
import TopologyModel

extension FailoverMethodName: ExpressibleByArgument {}

extension TimeSpan: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

/// Spans with commas between them: `10ms,30ms,1s`.
struct SpanList: ExpressibleByArgument {
  let spans: [TimeSpan]

  init?(argument: String) {
    let spans = argument.split(separator: ",", omittingEmptySubsequences: false)
      .map { TimeSpan(String($0)) }
    guard !spans.contains(nil) else { return nil }
    self.spans = spans.compactMap(\.self)
  }

  var defaultValueDescription: String { spans.map(\.description).joined(separator: ",") }
}

/// Which kernel is asked for.
struct KernelSelection: ParsableArguments {
  @Option(
    help: "The kernel that runs the lab; auto takes the lab kernel where this one lacks something.")
  var kernel = KernelChoice.auto
}

/// What `compare` and `juggle` have in common.
struct RunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Move the VIP by this method in place of the file's: juggle, handover, heartbeat, vrrp, carp, "
        + "script or ocf. For compare it may be repeated, for a column each.",
      valueName: "name"))
  var method: [FailoverMethodName] = []

  @Option(help: ArgumentHelp("Another length of a turn, as in 2s.", valueName: "duration"))
  var every: TimeSpan?

  @Option(help: ArgumentHelp("Another probe interval, as in 100us.", valueName: "duration"))
  var probe: TimeSpan?

  @Option(help: ArgumentHelp("Transitions to make on each path.", valueName: "n"))
  var handovers: Int?

  @Option(help: ArgumentHelp("How long to run instead, as in 5min.", valueName: "duration"))
  var duration: TimeSpan?

  @Option(help: ArgumentHelp("Write the results as JSON.", valueName: "file"))
  var json: String?

  @OptionGroup var selection: KernelSelection

  @Flag(help: "No progress on stderr.")
  var quiet = false

  var kernel: KernelChoice { selection.kernel }

  func validate() throws {
    if handovers != nil && duration != nil {
      throw ValidationError("--handovers and --duration contradict each other; give one")
    }
    if let handovers, !RunOptions.handoverCounts.contains(handovers) {
      throw ValidationError(
        "--handovers: found \(handovers), needs \(RunOptions.handoverCounts.lowerBound) to "
          + "\(RunOptions.handoverCounts.upperBound)")
    }
    if let duration, duration <= .zero {
      throw ValidationError("--duration: \(duration) is none; take more than 0")
    }
  }

  /// More of them are no sample any longer, but a life.
  private static let handoverCounts = 1...1_000_000

  func apply(to topology: inout Topology) throws {
    try topology.select(methods: method)
    if let every { try topology.setTurn(every) }
    if let probe { try topology.setProbeInterval(probe) }
  }

  /// The transitions each of `paths` makes when they share the duration; `nil` when neither is
  /// given.
  func transitions(of paths: [TopologyPath]) -> Int? {
    guard let duration else { return handovers }
    let turns = paths.reduce(TimeSpan.zero) { $0 + $1.failover.every }
    return max(1, Int(duration.nanoseconds / max(1, turns.nanoseconds)))
  }
}
