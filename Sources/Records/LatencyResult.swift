package import Measurement
package import Packets

/// Round-trip times of a path at rest.
package struct LatencyResult: Codable, Sendable {
  /// The node that probed and the one that answered.
  package var from: String
  package var to: String
  package var interval: TimeSpan
  /// Answered probes.
  package var samples: Int
  package var lost: Int
  package var reordered: Int
  package var duplicates: Int
  package var min: TimeSpan
  package var avg: TimeSpan
  package var max: TimeSpan
  package var mdev: TimeSpan
  package var p50: TimeSpan
  package var p90: TimeSpan
  package var p99: TimeSpan
  package var p999: TimeSpan
  /// Of the rounds' medians.
  @Nullable package var p50Interval: ConfidenceInterval?
  /// The median ratio to the native path's `p50`, round by round.
  @Nullable package var vsNative: Double?
  @Nullable package var vsNativeInterval: ConfidenceInterval?
  /// There and back apart, where both ends have one clock.
  @Nullable package var forward: Distribution?
  @Nullable package var backward: Distribution?
  package var rounds: [LatencyRound]
  package var distribution: [CumulativeCount]

  private static let mostSteps = 200

  /// `nil` when no round had an answer.
  package init?(
    _ recorders: [(round: Int, recorder: LatencyRecorder)], from: String, to: String,
    interval: TimeSpan, hasOneClock: Bool = true
  ) {
    let all = recorders.reduce(into: LatencyRecorder()) { $0.add($1.recorder) }
    guard all.roundTrips.count > 0 else { return nil }
    self.from = from
    self.to = to
    self.interval = interval
    let times = all.roundTrips
    samples = times.count
    lost = all.lost
    reordered = all.reordered
    duplicates = all.duplicates
    min = times.min
    avg = times.average
    max = times.max
    mdev = times.deviation
    p50 = times.percentile(50)
    p90 = times.percentile(90)
    p99 = times.percentile(99)
    p999 = times.percentile(99.9)
    rounds = recorders.map { LatencyRound(round: $0.round, $0.recorder) }
    distribution = times.cumulative(most: LatencyResult.mostSteps)
    forward = hasOneClock ? all.forward.distribution : nil
    backward = hasOneClock ? all.backward.distribution : nil
  }

  private enum CodingKeys: String, CodingKey {
    case from, to, samples, lost, reordered, duplicates, rounds, distribution
    case interval = "interval_ns"
    case min = "min_ns"
    case avg = "avg_ns"
    case max = "max_ns"
    case mdev = "mdev_ns"
    case p50 = "p50_ns"
    case p90 = "p90_ns"
    case p99 = "p99_ns"
    case p999 = "p999_ns"
    case p50Interval = "p50_ci95_ns"
    case vsNative = "vs_native"
    case vsNativeInterval = "vs_native_ci95"
    case forward = "forward_ns"
    case backward = "backward_ns"
  }
}

/// One round of latency.
package struct LatencyRound: Codable, Sendable {
  /// Counts from 1, the same for the paths measured together.
  package var round: Int
  package var samples: Int
  package var lost: Int
  /// `null` when nothing was answered.
  @Nullable package var p50: TimeSpan?

  fileprivate init(round: Int, _ recorder: LatencyRecorder) {
    self.round = round
    samples = recorder.roundTrips.count
    lost = recorder.lost
    p50 = samples > 0 ? recorder.roundTrips.percentile(50) : nil
  }

  private enum CodingKeys: String, CodingKey {
    case round, samples, lost
    case p50 = "p50_ns"
  }
}
