package import Measurement
package import Packets
package import TopologyModel

/// How fast daemons may watch each other, as `frontier --json` writes it: schema `vipjuggler.frontier/1`.
package struct FrontierRecord: Codable, Sendable {
  package static let schema = "vipjuggler.frontier/1"

  package var schema = FrontierRecord.schema
  package var tool: String
  package var topology: String
  package var path: String
  package var kernel: KernelDescription
  package var seed: UInt64
  package var cells: [FrontierCell]
  /// Whether it was ended before all that was asked for was measured.
  package var interrupted: Bool

  package init(
    tool: String, topology: String, path: String, kernel: KernelDescription, seed: UInt64,
    cells: [FrontierCell], isInterrupted: Bool
  ) {
    self.tool = tool
    self.topology = topology
    self.path = path
    self.kernel = kernel
    self.seed = seed
    self.cells = cells
    interrupted = isInterrupted
  }
}

/// What comes of one method with one interval under one impairment.
package struct FrontierCell: Codable, Sendable {
  package var method: FailoverMethodName
  /// Between two words of the daemons.
  package var interval: TimeSpan
  /// Without a word, until the one of the lower priority takes the VIP.
  package var detectionLimit: TimeSpan
  package var impairment: Impairment
  /// Why it was not measured; `null` when it was.
  @Nullable package var skipped: String?
  @Nullable package var measured: FrontierFigures?
  /// By the state machines alone; `null` where the daemon is not of this program.
  @Nullable package var simulated: FrontierFigures?

  package init(
    method: FailoverMethodName, interval: TimeSpan, detectionLimit: TimeSpan,
    impairment: Impairment, skipped: String? = nil
  ) {
    self.method = method
    self.interval = interval
    self.detectionLimit = detectionLimit
    self.impairment = impairment
    self.skipped = skipped
  }

  private enum CodingKeys: String, CodingKey {
    case method, impairment, skipped, measured, simulated
    case interval = "interval_ns"
    case detectionLimit = "detection_limit_ns"
  }
}

package struct FrontierFigures: Codable, Sendable {
  /// Those that count, those of them that were noticed before they were over, and how many transitions the
  /// machine has spoiled.
  package var crashes: Int
  package var noticed: Int
  package var void: Int
  /// From a crash until the other server had the VIP.
  @Nullable package var detection: Distribution?
  /// How long clients were cut off by it; `null` where there were none.
  @Nullable package var lossOfConnectivity: Distribution?
  /// That a server took the VIP though its holder was well.
  package var falseTakeovers: EventRate

  package init(
    crashes: Int, void: Int = 0, detections: [TimeSpan], lossOfConnectivity: Distribution? = nil,
    falseTakeovers: EventRate
  ) {
    self.crashes = crashes
    noticed = detections.count
    self.void = void
    self.falseTakeovers = falseTakeovers
    detection = Distribution(detections)
    self.lossOfConnectivity = lossOfConnectivity
  }

  private enum CodingKeys: String, CodingKey {
    case crashes, noticed, void
    case detection = "detection_ns"
    case lossOfConnectivity = "loss_of_connectivity_ns"
    case falseTakeovers = "false_takeovers"
  }
}
