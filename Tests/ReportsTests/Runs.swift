import Measurement
import Packets
import Records
import TopologyModel

/// Results to report on, written out by hand.
enum Runs {
  static let interval = TimeSpan.milliseconds(1)

  /// A transition that cut the one prober off for `loss` probes.
  static func transition(_ index: Int, loss: Int, stuck: Bool = false) -> TransitionRecord {
    let scheduled = Timestamp(nanoseconds: 1_800_000_000_000_000_000 + Int64(index) * 1_000_000_000)
    var window = ProberWindow(newHolder: 1)
    var tracker = LossTracker(interval: interval)
    if stuck { window.stuckDeadline = scheduled + .milliseconds(1) }
    for number in 0..<100 {
      let sent = scheduled + (number - 10) * interval
      let isLost = number >= 10 && number < 10 + loss
      window.record(
        OutcomeRun(
          sent: sent, answered: isLost ? nil : sent, reflector: number < 10 ? 0 : 1),
        tracker: &tracker)
    }
    window.firstArrival = scheduled + .milliseconds(2)
    window.close(tracker: &tracker)
    let prober = ProberRecord(
      node: "client", window: window, interval: interval, scheduled: scheduled,
      verdict: window.isStuck ? .stuck : .good,
      evidence: [Evidence(at: scheduled, event: "neighbour <10.0.1.200> stale")],
      name: { $0 == 0 ? "alpha" : "bravo" })
    return TransitionRecord(
      index: index, from: "alpha", to: "bravo", scheduled: scheduled,
      addressAdded: scheduled + .milliseconds(1), addressRemoved: scheduled + .milliseconds(1),
      announced: scheduled + .milliseconds(1), probers: [prober])
  }

  static func path(
    _ name: String, kind: RecordedKind? = nil, losses: [Int] = [], stuck: Bool = false,
    roundTrips: [Int64] = [], gigabits: [Double] = []
  ) -> PathRecord {
    var path = PathRecord(
      name: name, kind: kind ?? RecordedKind(rawValue: name) ?? .native, method: .juggle, mtu: 1500,
      udpChecksum: nil, skipped: nil,
      transitions: losses.enumerated().map { transition($0, loss: $1, stuck: stuck) })
    path.latency = latency(roundTrips)
    path.bandwidth = bandwidth(gigabits)
    return path
  }

  /// A round for each of `microseconds`.
  private static func latency(_ microseconds: [Int64]) -> LatencyResult? {
    let rounds = microseconds.enumerated().map { number, time in
      var recorder = LatencyRecorder()
      let sent = Timestamp(nanoseconds: 1_800_000_000_000_000_000)
      for sequence in 0..<UInt32(20) {
        recorder.recordSent()
        recorder.record(
          RoundTrip(
            sent: sent, reflectorReceived: sent + .microseconds(time / 2),
            reflectorSent: sent + .microseconds(time / 2), received: sent + .microseconds(time)),
          sequence: sequence)
      }
      return (round: number + 1, recorder: recorder)
    }
    return LatencyResult(rounds, from: "client", to: "alpha", interval: interval)
  }

  private static func bandwidth(_ gigabits: [Double]) -> BandwidthResult? {
    guard !gigabits.isEmpty else { return nil }
    let rounds = gigabits.enumerated().map { number, rate in
      var round = BandwidthRound(round: number + 1)
      round.forward = TransferResult(
        bitsPerSecond: rate * 1e9, retransmits: 1, congestionControl: "cubic", senderCPU: 0.4,
        receiverCPU: 0.2)
      round.reverse = TransferResult(bitsPerSecond: rate * 0.9e9, retransmits: 1)
      return round
    }
    return BandwidthResult(
      tool: "iperf 3.12", from: "client", to: "alpha", streams: 1, duration: .seconds(1),
      datagramRate: nil, rounds: rounds)
  }

  static func run(_ paths: [PathRecord], topology: String = "pair") -> RunRecord {
    RunRecord(
      tool: "vipjuggler 0.1.0", topology: topology,
      kernel: KernelDescription(release: "6.1.0", kind: .host), seed: 1,
      probeInterval: interval, paths: paths,
      conditions: Conditions(
        started: Timestamp(nanoseconds: 1_800_000_000_000_000_000), duration: .seconds(40),
        processors: 2, programs: ["iperf3": "iperf 3.12"],
        failover: lab.failover, segments: lab.segments, nodes: lab.nodes))
  }

  /// What the runs are of.
  static let lab = try! Topology(
    parsing: """
      segments:
        lan: { subnet: 10.0.1.0/24 }
      nodes:
        alpha: { on: { lan: 10.0.1.20 } }
        bravo: { on: { lan: 10.0.1.21 } }
        client: { on: { lan: 10.0.1.22 }, role: client }
      paths:
        native: { vip: 10.0.1.200 }
      failover: { method: juggle, every: 1s }
      """, file: "pair.yaml")

  /// The overlay is faster to move, slower to cross.
  static let pair = run([
    path(
      "native", losses: [40, 42, 38, 41, 40], roundTrips: [100, 102, 98, 101, 99],
      gigabits: [10, 11, 9, 10, 10]),
    path(
      "vxlan", losses: [0, 0, 1, 0, 0], roundTrips: [130, 131, 129, 133, 128],
      gigabits: [8, 8.9, 7.1, 8, 8.1]),
  ])
}
