package import Packets

/// What is to be measured, and in which order.
package struct ExperimentPlan: Sendable {
  /// Of each path.
  package var transitions: Int
  /// Latency and bandwidth are measured once a round; transitions are shared out among the rounds.
  package var rounds: Int
  package var latency: LatencyPlan?
  package var bandwidth: BandwidthPlan?
  /// How many of the latest transitions of a path are kept, where a run has no end.
  package var kept: Int?
  /// Whether the frames of slow transitions are kept.
  package var capturesFrames = false

  package static let leastRounds = 5
  /// Where nothing but transitions is measured, a round has so many.
  private static let transitionsPerRound = 5

  package init(
    transitions: Int, rounds: Int = leastRounds, latency: LatencyPlan? = nil,
    bandwidth: BandwidthPlan? = nil
  ) {
    self.transitions = transitions
    self.rounds = rounds
    self.latency = latency
    self.bandwidth = bandwidth
  }

  /// One thing to measure on one path.
  package struct Step: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      case failover(transitions: Int)
      case latency
      /// Of bandwidth; latency has a warm-up in every round.
      case warmUp
      case bandwidth

      var isFailover: Bool { if case .failover = self { true } else { false } }
    }

    package var kind: Kind
    package var path: String
    /// Counts from 1; 0 is the warm-up, which is thrown away.
    package var round: Int
    /// About how long it takes.
    package var estimate: TimeSpan
  }

  /// Everything, the paths taking turns: a change of the machine's speed hits them alike.
  /// Some of them only move their VIPs.
  package func steps(
    paths: [(name: String, turn: TimeSpan, isAtRestToo: Bool)]
  ) -> [Step] {
    (0...roundCount).flatMap { round in
      kinds(round: round).flatMap { kind in
        paths.filter { $0.isAtRestToo || kind.isFailover }.map {
          Step(kind: kind, path: $0.name, round: round, estimate: estimate(kind, turn: $0.turn))
        }
      }
    }
  }

  package var roundCount: Int {
    guard latency == nil && bandwidth == nil else { return rounds }
    let most = ExperimentPlan.transitionsPerRound
    return (transitions + most - 1) / most
  }

  private func kinds(round: Int) -> [Step.Kind] {
    guard round > 0 else { return bandwidth == nil ? [] : [.warmUp] }
    var kinds: [Step.Kind] = []
    let share = transitions * round / roundCount - transitions * (round - 1) / roundCount
    if share > 0 { kinds.append(.failover(transitions: share)) }
    if latency != nil { kinds.append(.latency) }
    if bandwidth != nil { kinds.append(.bandwidth) }
    return kinds
  }

  private func estimate(_ kind: Step.Kind, turn: TimeSpan) -> TimeSpan {
    switch kind {
    case .failover(let transitions):
      transitions * turn + min(turn / 2, .milliseconds(500))
    case .latency:
      latency.map { $0.samples * $0.interval + .milliseconds(100) } ?? .zero
    case .warmUp:
      bandwidth?.run ?? .zero
    case .bandwidth:
      bandwidth.map { $0.runs * $0.run } ?? .zero
    }
  }
}

/// How latency is measured, each round.
package struct LatencyPlan: Sendable {
  package var interval: TimeSpan
  package var samples: Int

  package init(interval: TimeSpan = .milliseconds(1), samples: Int = 1_000) {
    self.interval = interval
    self.samples = samples
  }
}

/// How bandwidth is measured, each round.
package struct BandwidthPlan: Sendable {
  /// Of each direction; iperf3 knows whole seconds only.
  package var seconds: Int
  /// Parallel TCP connections.
  package var streams: Int
  /// The rate of a run of UDP, in bits per second; `nil` for none.
  package var datagramRate: UInt64?

  package init(seconds: Int = 1, streams: Int = 1, datagramRate: UInt64? = nil) {
    self.seconds = seconds
    self.streams = streams
    self.datagramRate = datagramRate
  }

  var runs: Int { datagramRate == nil ? 2 : 3 }
  /// How long one of them takes, with what comes before and after it.
  var run: TimeSpan { .seconds(Int64(seconds)) + .milliseconds(150) }
}
