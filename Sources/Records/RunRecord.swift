package import Measurement
package import Packets
package import TopologyModel

/// The whole of a run, as `--json` writes it: schema `vipjuggler.run/1`.
package struct RunRecord: Codable, Sendable {
  package static let schema = "vipjuggler.run/1"

  package var schema = RunRecord.schema
  package var tool: String
  package var topology: String
  package var kernel: KernelDescription
  package var seed: UInt64
  package var probeInterval: TimeSpan
  package var paths: [PathRecord]
  @Nullable package var conditions: Conditions?
  /// Whether it was ended before all that was asked for was measured.
  @Nullable package var interrupted: Bool?

  package init(
    tool: String, topology: String, kernel: KernelDescription, seed: UInt64,
    probeInterval: TimeSpan, paths: [PathRecord], conditions: Conditions? = nil,
    isInterrupted: Bool = false
  ) {
    self.tool = tool
    self.topology = topology
    self.kernel = kernel
    self.seed = seed
    self.probeInterval = probeInterval
    self.paths = RunRecord.compared(paths, seed: seed)
    self.conditions = conditions
    interrupted = isInterrupted
  }

  /// The same run with other transitions, by path; none where a path is not named.
  package func with(transitions: [String: [TransitionRecord]]) -> RunRecord {
    var run = self
    run.paths = RunRecord.compared(
      paths.map { $0.with(transitions: transitions[$0.name] ?? []) }, seed: seed)
    return run
  }

  /// Whether there is anything in it.
  package var isEmpty: Bool {
    paths.allSatisfy {
      $0.transitions.isEmpty && $0.unfeltFaults ?? 0 == 0 && $0.latency == nil
        && $0.bandwidth == nil && $0.watch == nil
    }
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
  package var kind: KernelKind

  package init(release: String, kind: KernelKind) {
    self.release = release
    self.kind = kind
  }
}

package enum KernelKind: String, Codable, CaseIterable, Sendable {
  /// Of this machine.
  case host
  /// Of the machines that the nodes are.
  case hosts
  /// The lab kernel, user-mode Linux.
  case uml
}

/// What was measured: a path of a topology, or an address that was watched from outside.
package enum RecordedKind: String, Codable, CaseIterable, Sendable {
  case native, vxlan, geneve, watched

  package init(_ kind: PathKind) {
    switch kind {
    case .native: self = .native
    case .vxlan: self = .vxlan
    case .geneve: self = .geneve
    }
  }
}

/// What was measured on one path.
package struct PathRecord: Codable, Sendable {
  package var name: String
  package var kind: RecordedKind
  /// The segment it lies on.
  @Nullable package var segment: String?
  /// `null` where others moved the VIP, and nobody said how.
  @Nullable package var method: FailoverMethodName?
  package var mtu: Int
  /// Of the outer header; `null` on a path that has none.
  @Nullable package var udpChecksum: Bool?
  /// Why the path did not run; `null` when it did.
  @Nullable package var skipped: String?
  package var transitions: [TransitionRecord]
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
  @Nullable package var failover: FailoverSettings?
  /// So many transitions came before those, of a run that had no end; `null` where all are there.
  @Nullable package var earlierTransitions: Int?
  /// Packets that came to the port of its probes and were not of this run, or were sent again.
  @Nullable package var foreignPackets: Int?
  /// Faults that moved nothing and cut nobody off; `null` where nothing broke.
  @Nullable package var unfeltFaults: Int?
  /// Of an address that was watched from outside: how.
  @Nullable package var watch: WatchDescription?

  package init(
    name: String, kind: RecordedKind, segment: String? = nil, method: FailoverMethodName?,
    mtu: Int, udpChecksum: Bool?, skipped: String?, transitions: [TransitionRecord]
  ) {
    self.name = name
    self.kind = kind
    self.segment = segment
    self.method = method
    self.mtu = mtu
    self.udpChecksum = udpChecksum
    self.skipped = skipped
    self.transitions = transitions
    summary = PathSummary(transitions, isWatched: kind == .watched)
  }

  /// The same with other transitions, which `RunRecord` summarises.
  func with(transitions: [TransitionRecord]) -> PathRecord {
    var path = self
    path.transitions = transitions
    return path
  }

  private enum CodingKeys: String, CodingKey {
    case name, kind, segment, method, mtu, skipped, transitions, summary, latency, bandwidth, vip,
      vni, link
    case failover, watch
    case udpChecksum = "udp_checksum"
    case earlierTransitions = "earlier_transitions"
    case foreignPackets = "foreign_packets"
    case unfeltFaults = "unfelt_faults"
    case latencyMissing = "latency_missing"
    case bandwidthMissing = "bandwidth_missing"
    case udpPort = "udp_port"
  }
}
