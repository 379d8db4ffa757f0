package import Packets

/// The whole of a run, as `--json` writes it: schema `vipjuggler.run/1`.
package struct RunResult: Codable, Sendable {
  package static let schema = "vipjuggler.run/1"

  package var schema = RunResult.schema
  package var tool: String
  package var topology: String
  package var kernel: KernelDescription
  package var seed: UInt64
  package var probeInterval: TimeSpan
  package var paths: [PathResult]
  @Nullable package var conditions: Conditions?
  /// Whether it was ended before all that was asked for was measured.
  @Nullable package var interrupted: Bool?

  package init(
    tool: String, topology: String, kernel: KernelDescription, seed: UInt64,
    probeInterval: TimeSpan, paths: [PathResult], conditions: Conditions? = nil
  ) {
    self.tool = tool
    self.topology = topology
    self.kernel = kernel
    self.seed = seed
    self.probeInterval = probeInterval
    self.paths = paths
    self.conditions = conditions
    interrupted = false
  }

  /// Whether there is anything in it.
  package var isEmpty: Bool {
    paths.allSatisfy { $0.transitions.isEmpty && $0.latency == nil && $0.bandwidth == nil }
  }

  private enum CodingKeys: String, CodingKey {
    case schema, tool, topology, kernel, seed, paths, conditions, interrupted
    case probeInterval = "probe_interval_ns"
  }
}

/// The kernel that ran the lab.
package struct KernelDescription: Codable, Hashable, Sendable {
  /// As `uname -r` prints it.
  package var release: String
  /// `host`: the kernel of this machine.
  package var kind: String

  package init(release: String, kind: String) {
    self.release = release
    self.kind = kind
  }
}

/// What was measured on one path.
package struct PathResult: Codable, Sendable {
  package var name: String
  package var kind: String
  /// The segment it lies on.
  @Nullable package var segment: String?
  package var method: String
  package var mtu: Int
  /// Of the outer header; `null` on a path that has none.
  @Nullable package var udpChecksum: Bool?
  /// Why the path did not run; `null` when it did.
  @Nullable package var skipped: String?
  package var transitions: [TransitionResult]
  package var summary: PathSummary
  @Nullable package var latency: LatencyResult?
  /// Why there is no latency though it was asked for.
  @Nullable package var latencyMissing: String?
  @Nullable package var bandwidth: BandwidthResult?
  /// Why there is no bandwidth though it was asked for.
  @Nullable package var bandwidthMissing: String?
  @Nullable package var vip: String?
  /// The overlay's network identifier and outer UDP port; `null` on a native path.
  @Nullable package var vni: Int?
  @Nullable package var udpPort: Int?
  @Nullable package var link: LinkDescription?
  /// How its VIP was moved.
  @Nullable package var failover: FailoverConditions?

  package init(
    name: String, kind: String, method: String, mtu: Int, udpChecksum: Bool?, skipped: String?,
    transitions: [TransitionResult]
  ) {
    self.name = name
    self.kind = kind
    self.method = method
    self.mtu = mtu
    self.udpChecksum = udpChecksum
    self.skipped = skipped
    self.transitions = transitions
    summary = PathSummary(transitions)
  }

  private enum CodingKeys: String, CodingKey {
    case name, kind, segment, method, mtu, skipped, transitions, summary, latency, bandwidth, vip,
      vni, link
    case failover
    case udpChecksum = "udp_checksum"
    case latencyMissing = "latency_missing"
    case bandwidthMissing = "bandwidth_missing"
    case udpPort = "udp_port"
  }
}
