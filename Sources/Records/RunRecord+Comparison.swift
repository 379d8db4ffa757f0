import Measurement
import Packets
import TopologyModel

/// Intervals, and ratios to the native path.
extension RunRecord {
  /// The paths with what needs all of them and the seed.
  static func compared(_ paths: [PathRecord], seed: UInt64) -> [PathRecord] {
    var bootstrap = Bootstrap(seed: seed)
    return paths.map { path in
      var path = path
      let native = native(of: path.segment, in: paths, by: path.method)
      let base = path.name == native?.name ? nil : native
      path.summary = PathSummary(
        path.transitions, announceEvery: path.failover?.announceEvery,
        isWatched: path.kind == .watched)
      path.summary.compare(path.losses, to: base?.losses, with: &bootstrap)
      path.latency?.compare(to: base?.latency, with: &bootstrap)
      path.bandwidth?.compare(to: base?.bandwidth, with: &bootstrap)
      return path
    }
  }

  /// What the other paths of a segment are compared with: its first native path that ran.
  package func native(of segment: String?) -> PathRecord? {
    RunRecord.native(of: segment, in: paths)
  }

  /// By the same method, where there is one.
  private static func native(
    of segment: String?, in paths: [PathRecord], by method: FailoverMethodName? = nil
  ) -> PathRecord? {
    let natives = paths.filter {
      $0.kind == .native && $0.skipped == nil && $0.segment == segment
    }
    return natives.first { $0.method == method } ?? natives.first
  }
}

extension PathRecord {
  /// Of the transitions that count, in nanoseconds.
  package var losses: [Double] {
    transitions.outages.map { Double($0.lossOfConnectivity.nanoseconds) }
  }
}

extension PathSummary {
  fileprivate mutating func compare(
    _ losses: [Double], to base: [Double]?, with bootstrap: inout Bootstrap
  ) {
    p50Interval = bootstrap.median(of: losses)?.interval?.rounded
    guard let base, let difference = bootstrap.difference(of: losses, from: base) else { return }
    p50MinusNative = TimeSpan(clamping: difference.value)
    p50MinusNativeInterval = difference.interval?.rounded
  }
}

extension LatencyResult {
  fileprivate mutating func compare(to base: LatencyResult?, with bootstrap: inout Bootstrap) {
    p50Interval =
      bootstrap.median(of: rounds.compactMap { $0.p50.map { Double($0.nanoseconds) } })?.interval?
      .rounded
    guard let base else { return }
    let ratio = bootstrap.ratio(
      of: pairs(rounds, base.rounds) { $0.p50.map { Double($0.nanoseconds) } })
    vsNative = ratio?.value
    vsNativeInterval = ratio?.interval
  }
}

extension BandwidthResult {
  fileprivate mutating func compare(to base: BandwidthResult?, with bootstrap: inout Bootstrap) {
    bitsPerSecondInterval =
      bootstrap.median(of: rounds.compactMap { $0.forward?.bitsPerSecond })?.interval?.rounded
    reverseBitsPerSecondInterval =
      bootstrap.median(of: rounds.compactMap { $0.reverse?.bitsPerSecond })?.interval?.rounded
    guard let base else { return }
    let forward = bootstrap.ratio(of: pairs(rounds, base.rounds) { $0.forward?.bitsPerSecond })
    vsNative = forward?.value
    vsNativeInterval = forward?.interval
    let reverse = bootstrap.ratio(of: pairs(rounds, base.rounds) { $0.reverse?.bitsPerSecond })
    reverseVsNative = reverse?.value
    reverseVsNativeInterval = reverse?.interval
  }
}

/// A round that a path was measured in.
private protocol Round { var round: Int { get } }
extension LatencyRound: Round {}
extension BandwidthRound: Round {}

/// What both paths measured in the same round.
private func pairs<Kind: Round>(
  _ rounds: [Kind], _ base: [Kind], _ figure: (Kind) -> Double?
) -> [(value: Double, base: Double)] {
  rounds.compactMap { round in
    guard let value = figure(round),
      let match = base.first(where: { $0.round == round.round }).flatMap(figure)
    else { return nil }
    return (value, match)
  }
}

extension ConfidenceInterval {
  /// Whole nanoseconds or bits.
  fileprivate var rounded: ConfidenceInterval {
    ConfidenceInterval(low: low.rounded(), high: high.rounded())
  }
}
