package import Measurement
package import Packets

/// What a path carries, by iperf3.
package struct BandwidthResult: Codable, Sendable {
  /// The program and its version.
  package var tool: String
  /// The node that sends, and the one that receives; the reverse direction swaps them.
  package var from: String
  package var to: String
  /// Parallel TCP connections.
  package var streams: Int
  /// How long each direction of a round lasts.
  package var duration: TimeSpan
  @Nullable package var congestionControl: String?
  /// The medians of the rounds, as received.
  @Nullable package var bitsPerSecond: Double?
  @Nullable package var bitsPerSecondInterval: ConfidenceInterval?
  @Nullable package var reverseBitsPerSecond: Double?
  @Nullable package var reverseBitsPerSecondInterval: ConfidenceInterval?
  /// Segments sent again, all rounds together; `null` where the kernel does not tell.
  @Nullable package var retransmits: Int?
  @Nullable package var reverseRetransmits: Int?
  /// CPU seconds that the programs at both ends spent on 10⁹ bytes: medians of the rounds.
  @Nullable package var senderCPU: Double?
  @Nullable package var receiverCPU: Double?
  /// Of the forward direction: the median ratio to the native path, round by round.
  @Nullable package var vsNative: Double?
  @Nullable package var vsNativeInterval: ConfidenceInterval?
  @Nullable package var reverseVsNative: Double?
  @Nullable package var reverseVsNativeInterval: ConfidenceInterval?
  /// `null` unless a UDP rate was asked for.
  @Nullable package var udp: DatagramResult?
  package var rounds: [BandwidthRound]

  package init(
    tool: String, from: String, to: String, streams: Int, duration: TimeSpan,
    datagramRate: Double?, rounds: [BandwidthRound]
  ) {
    self.tool = tool
    self.from = from
    self.to = to
    self.streams = streams
    self.duration = duration
    self.rounds = rounds
    let forward = rounds.compactMap(\.forward)
    let reverse = rounds.compactMap(\.reverse)
    congestionControl = forward.compactMap(\.congestionControl).first
    bitsPerSecond = forward.map(\.bitsPerSecond).median?.rounded()
    reverseBitsPerSecond = reverse.map(\.bitsPerSecond).median?.rounded()
    retransmits = BandwidthResult.sum(forward.map(\.retransmits))
    reverseRetransmits = BandwidthResult.sum(reverse.map(\.retransmits))
    senderCPU = forward.compactMap(\.senderCPU).median
    receiverCPU = forward.compactMap(\.receiverCPU).median
    udp = DatagramResult(rounds.compactMap(\.udp), asked: datagramRate)
  }

  private static func sum(_ counts: [Int?]) -> Int? {
    let known = counts.compactMap { $0 }
    return known.isEmpty ? nil : known.reduce(0, +)
  }

  private enum CodingKeys: String, CodingKey {
    case tool, from, to, streams, retransmits, udp, rounds
    case duration = "duration_ns"
    case congestionControl = "congestion_control"
    case bitsPerSecond = "bits_per_second"
    case bitsPerSecondInterval = "bits_per_second_ci95"
    case reverseBitsPerSecond = "reverse_bits_per_second"
    case reverseBitsPerSecondInterval = "reverse_bits_per_second_ci95"
    case reverseRetransmits = "reverse_retransmits"
    case senderCPU = "sender_cpu_seconds_per_gigabyte"
    case receiverCPU = "receiver_cpu_seconds_per_gigabyte"
    case vsNative = "vs_native"
    case vsNativeInterval = "vs_native_ci95"
    case reverseVsNative = "reverse_vs_native"
    case reverseVsNativeInterval = "reverse_vs_native_ci95"
  }
}

/// One round of bandwidth: a run of iperf3 in each direction.
package struct BandwidthRound: Codable, Sendable {
  /// Counts from 1, the same for the paths measured together.
  package var round: Int
  @Nullable package var forward: TransferResult?
  @Nullable package var reverse: TransferResult?
  @Nullable package var udp: TransferResult?
  /// What went wrong, of this try and of one before that was repeated; empty in a good round.
  package var failures: [String]

  package init(round: Int) {
    self.round = round
    forward = nil
    reverse = nil
    udp = nil
    failures = []
  }

  private enum CodingKeys: String, CodingKey { case round, forward, reverse, udp, failures }
}

/// What one run of iperf3 measured.
package struct TransferResult: Codable, Hashable, Sendable {
  /// Received.
  package var bitsPerSecond: Double
  @Nullable package var retransmits: Int?
  @Nullable package var congestionControl: String?
  /// CPU seconds for 10⁹ bytes.
  @Nullable package var senderCPU: Double?
  @Nullable package var receiverCPU: Double?
  /// Of datagrams: sent, by the sender; what the sender was too slow for is not in it.
  @Nullable package var sentBitsPerSecond: Double?
  /// Of datagrams: the share that was lost, and the jitter of RFC 3550.
  @Nullable package var lossRatio: Double?
  @Nullable package var jitter: TimeSpan?

  package init(
    bitsPerSecond: Double, retransmits: Int? = nil, congestionControl: String? = nil,
    senderCPU: Double? = nil, receiverCPU: Double? = nil, sentBitsPerSecond: Double? = nil,
    lossRatio: Double? = nil, jitter: TimeSpan? = nil
  ) {
    self.sentBitsPerSecond = sentBitsPerSecond
    self.bitsPerSecond = bitsPerSecond
    self.retransmits = retransmits
    self.congestionControl = congestionControl
    self.senderCPU = senderCPU
    self.receiverCPU = receiverCPU
    self.lossRatio = lossRatio
    self.jitter = jitter
  }

  private enum CodingKeys: String, CodingKey {
    case retransmits
    case bitsPerSecond = "bits_per_second"
    case congestionControl = "congestion_control"
    case senderCPU = "sender_cpu_seconds_per_gigabyte"
    case receiverCPU = "receiver_cpu_seconds_per_gigabyte"
    case sentBitsPerSecond = "sent_bits_per_second"
    case lossRatio = "loss_ratio"
    case jitter = "jitter_ns"
  }
}

/// UDP at a set rate: the medians of the rounds.
package struct DatagramResult: Codable, Hashable, Sendable {
  /// The rate that was asked for; where the sender is too slow it is not reached.
  package var asked: Double
  @Nullable package var sentBitsPerSecond: Double?
  /// Received.
  package var bitsPerSecond: Double
  package var lossRatio: Double
  package var jitter: TimeSpan

  /// `nil` when no round measured it.
  init?(_ rounds: [TransferResult], asked: Double?) {
    guard let asked, let bits = rounds.map(\.bitsPerSecond).median,
      let loss = rounds.compactMap(\.lossRatio).median,
      let jitter = rounds.compactMap({ $0.jitter.map { Double($0.nanoseconds) } }).median
    else { return nil }
    self.asked = asked
    bitsPerSecond = bits.rounded()
    sentBitsPerSecond = rounds.compactMap(\.sentBitsPerSecond).median?.rounded()
    lossRatio = loss
    self.jitter = TimeSpan(clamping: jitter)
  }

  private enum CodingKeys: String, CodingKey {
    case asked = "asked_bits_per_second"
    case sentBitsPerSecond = "sent_bits_per_second"
    case bitsPerSecond = "bits_per_second"
    case lossRatio = "loss_ratio"
    case jitter = "jitter_ns"
  }
}
