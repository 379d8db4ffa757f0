import LinuxNet
import Measurement
import NodeAgent
import Packets
import Records

/// Measures what a path carries, round by round.
struct BandwidthMeter {
  private let transfer: any Transfer
  private let plan: BandwidthPlan
  private let interruption: Interruption
  private let names: (from: String, to: String)
  private var rounds: [BandwidthRound] = []
  /// Why it was given up; `nil` while it goes on.
  private(set) var objection: String?

  init(
    _ transfer: any Transfer, _ plan: BandwidthPlan, from: String, to: String,
    _ interruption: Interruption
  ) {
    self.transfer = transfer
    self.plan = plan
    self.interruption = interruption
    names = (from, to)
  }

  /// Sends once to warm caches up, and throws the figure away. Where not even that goes through no
  /// round would.
  mutating func warmUp() {
    var round = BandwidthRound(round: 0)
    if attempt(.forward, &round) == nil, !interruption.hasCome {
      objection = round.failures.last
    }
  }

  mutating func measure(round number: Int) {
    guard objection == nil else { return }
    var round = BandwidthRound(round: number)
    round.forward = attempt(.forward, &round)
    round.reverse = attempt(.reverse, &round)
    if let rate = plan.datagramRate {
      round.udp = attempt(.datagrams(bitsPerSecond: rate), &round)
    }
    if !interruption.hasCome { rounds.append(round) }
  }

  /// A run that fails is marked and repeated once.
  private func attempt(
    _ mode: IperfClient.Mode, _ round: inout BandwidthRound
  ) -> TransferResult? {
    for _ in 0..<2 where !interruption.hasCome {
      do {
        return try transfer.run(mode)
      } catch {
        round.failures.append("\(mode.name): \(error)")
      }
    }
    return nil
  }

  /// `nil` when no round is complete.
  var result: BandwidthResult? {
    guard !rounds.isEmpty else { return nil }
    return BandwidthResult(
      tool: transfer.tool, from: names.from, to: names.to, streams: plan.streams,
      duration: .seconds(Int64(plan.seconds)),
      datagramRate: plan.datagramRate.map { Double($0) }, rounds: rounds)
  }
}

extension IperfClient.Mode {
  fileprivate var name: String {
    switch self {
    case .forward: "forward"
    case .reverse: "reverse"
    case .datagrams: "UDP"
    }
  }
}
