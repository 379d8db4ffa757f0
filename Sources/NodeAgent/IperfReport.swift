import Foundation
import Measurement
import Packets
import Records

/// What `iperf3 --json` prints, as far as it is used.
struct IperfReport: Decodable {
  private var error: String?
  private var end: End?

  private struct End: Decodable {
    var sumSent: Sum?
    var sumReceived: Sum?
    /// Of UDP.
    var sum: Sum?
    var cpuUtilizationPercent: Utilization?
    var senderTcpCongestion: String?
  }

  private struct Sum: Decodable {
    var seconds: Double
    var bytes: Double
    var bitsPerSecond: Double
    var retransmits: Int?
    var jitterMs: Double?
    var lostPercent: Double?
  }

  /// Percent of one CPU, of the client and of the server.
  private struct Utilization: Decodable {
    var hostTotal: Double
    var remoteTotal: Double
  }

  init(parsing text: String) throws(IperfFailure) {
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      self = try decoder.decode(IperfReport.self, from: Data(text.utf8))
    } catch {
      throw IperfFailure(
        description: text.isEmpty
          ? "iperf3 ended without a result" : "no result: \(text.suffix(200))")
    }
  }

  func result(of mode: IperfClient.Mode) throws(IperfFailure) -> TransferResult {
    if let error { throw IperfFailure(description: error) }
    guard let end, let received = end.sumReceived ?? end.sum, received.bytes > 0 else {
      throw IperfFailure(description: "iperf3 moved no data")
    }
    if case .datagrams = mode {
      // Older versions have one sum, of what was sent.
      let share = end.sumReceived == nil ? 1 - (received.lostPercent ?? 0) / 100 : 1
      return TransferResult(
        bitsPerSecond: received.bitsPerSecond * share,
        sentBitsPerSecond: (end.sumSent ?? end.sum)?.bitsPerSecond,
        lossRatio: received.lostPercent.map { $0 / 100 },
        jitter: received.jitterMs.map { TimeSpan(nanoseconds: Int64($0 * 1e6)) })
    }
    /// CPU seconds for 10⁹ bytes.
    func cost(_ percent: Double) -> Double {
      percent / 100 * received.seconds / (received.bytes / 1e9)
    }
    let here = end.cpuUtilizationPercent.map { cost($0.hostTotal) }
    let there = end.cpuUtilizationPercent.map { cost($0.remoteTotal) }
    let isReverse = mode == .reverse
    return TransferResult(
      bitsPerSecond: received.bitsPerSecond, retransmits: end.sumSent?.retransmits,
      congestionControl: end.senderTcpCongestion, senderCPU: isReverse ? there : here,
      receiverCPU: isReverse ? here : there)
  }
}
