import ArgumentParser
import NamespaceLab
import Packets
import RunControl
import TopologyModel

extension BitRate: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

/// What `compare` measures besides failover.
struct MeasureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Rounds of latency and bandwidth, \(ExperimentPlan.leastRounds) or more.", valueName: "n"))
  var rounds = ExperimentPlan.leastRounds

  @Option(
    help: ArgumentHelp("The probe interval of the path at rest.", valueName: "duration"))
  var latencyInterval = TimeSpan.milliseconds(1)

  @Option(help: ArgumentHelp("Probes of the path at rest, each round.", valueName: "n"))
  var latencySamples = 1_000

  @Option(
    help: ArgumentHelp(
      "How long iperf3 sends in each direction, each round; whole seconds.", valueName: "duration"))
  var bandwidthTime = TimeSpan.seconds(1)

  @Option(help: ArgumentHelp("Parallel TCP connections.", valueName: "n"))
  var streams = 1

  @Option(
    help: ArgumentHelp("Also send UDP at this rate, as in 100mbit.", valueName: "rate"))
  var udp: BitRate?

  @Flag(help: "Do not measure latency.")
  var noLatency = false

  @Flag(help: "Do not measure bandwidth.")
  var noBandwidth = false

  private static let shortestInterval = TimeSpan.microseconds(100)
  private static let longestInterval = TimeSpan.seconds(1)
  private static let mostSamples = 1_000_000
  private static let mostSeconds: Int64 = 3_600
  /// iperf3's own limit.
  private static let mostStreams = 128

  func validate() throws {
    guard (ExperimentPlan.leastRounds...1_000).contains(rounds) else {
      throw ValidationError(
        "--rounds: \(rounds) is not from \(ExperimentPlan.leastRounds) to 1000; fewer tell no "
          + "interval")
    }
    guard
      (MeasureOptions.shortestInterval...MeasureOptions.longestInterval).contains(latencyInterval)
    else {
      throw ValidationError(
        "--latency-interval: \(latencyInterval) is not from \(MeasureOptions.shortestInterval) to "
          + "\(MeasureOptions.longestInterval)")
    }
    guard (1...MeasureOptions.mostSamples).contains(latencySamples) else {
      throw ValidationError(
        "--latency-samples: \(latencySamples) is not from 1 to \(MeasureOptions.mostSamples)")
    }
    guard bandwidthTime >= .seconds(1), bandwidthTime <= .seconds(MeasureOptions.mostSeconds),
      bandwidthTime.nanoseconds % TimeSpan.seconds(1).nanoseconds == 0
    else {
      throw ValidationError(
        "--bandwidth-time: \(bandwidthTime) is not a number of whole seconds from 1s to "
          + "\(TimeSpan.seconds(MeasureOptions.mostSeconds)): iperf3 knows no other")
    }
    guard (1...MeasureOptions.mostStreams).contains(streams) else {
      throw ValidationError(
        "--streams: \(streams) is not from 1 to \(MeasureOptions.mostStreams)")
    }
  }

  func plan(transitions: Int) -> ExperimentPlan {
    ExperimentPlan(
      transitions: transitions, rounds: rounds,
      latency: noLatency
        ? nil : LatencyPlan(interval: latencyInterval, samples: latencySamples),
      bandwidth: noBandwidth
        ? nil
        : BandwidthPlan(
          seconds: Int(bandwidthTime.seconds), streams: streams,
          datagramRate: udp?.bitsPerSecond))
  }
}
