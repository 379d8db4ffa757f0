package import Packets
package import TopologyModel

/// Under what a run was made.
package struct Conditions: Hashable, Sendable {
  package var started: Timestamp
  package var duration: TimeSpan
  package var processors: Int
  /// The versions of the programs that measured, by their names.
  package var programs: [String: String]
  /// What the VIPs were probed with; `nil` where that is said of each path, and in files of the version
  /// that knew STAMP only.
  package var probe: ProbeKind?
  /// How VIPs were moved on the paths that name nothing of their own; `nil` where others did.
  package var failover: FailoverSettings?
  package var segments: [Segment]
  package var nodes: [TopologyNode]

  package init(
    started: Timestamp, duration: TimeSpan, processors: Int, programs: [String: String],
    probe: ProbeKind? = nil, failover: FailoverSettings? = nil, segments: [Segment] = [],
    nodes: [TopologyNode] = []
  ) {
    self.started = started
    self.duration = duration
    self.processors = processors
    self.programs = programs
    self.probe = probe
    self.failover = failover
    self.segments = segments
    self.nodes = nodes
  }
}

extension Conditions: Codable {
  private enum CodingKeys: String, CodingKey {
    case processors, programs, probe, failover, segments, nodes
    case started = "started_ns"
    case duration = "duration_ns"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let segments = try container.decode([Segment].self, forKey: .segments)
    guard Set(segments.map(\.name)).count == segments.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .segments, in: container, debugDescription: "two segments have the same name")
    }
    self.init(
      started: try container.decode(Timestamp.self, forKey: .started),
      duration: try container.decode(TimeSpan.self, forKey: .duration),
      processors: try container.decode(Int.self, forKey: .processors),
      programs: try container.decode([String: String].self, forKey: .programs),
      probe: try container.decode(Nullable.self, forKey: .probe).wrappedValue,
      failover: try container.decode(Nullable.self, forKey: .failover).wrappedValue,
      segments: segments,
      nodes: TopologyNode.nodes(
        try container.decode([CodedNode].self, forKey: .nodes), on: segments))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(started, forKey: .started)
    try container.encode(duration, forKey: .duration)
    try container.encode(processors, forKey: .processors)
    try container.encode(programs, forKey: .programs)
    try container.encode(probe, forKey: .probe)
    try container.encode(failover, forKey: .failover)
    try container.encode(segments, forKey: .segments)
    try container.encode(nodes.map { CodedNode($0, on: segments) }, forKey: .nodes)
  }
}

/// What a path runs over, as the node has it that latency and bandwidth are measured from.
package struct LinkDescription: Codable, Hashable, Sendable {
  package var node: String
  /// The path's interface, and of an overlay the one below.
  package var interfaces: [InterfaceDescription]
  /// The largest packet that got through unfragmented; `null` when none did.
  @Nullable package var pathMTU: Int?
  /// By their names as sysctl(8) has them.
  package var sysctls: [String: String]

  package init(
    node: String, interfaces: [InterfaceDescription], pathMTU: Int?, sysctls: [String: String]
  ) {
    self.node = node
    self.interfaces = interfaces
    self.sysctls = sysctls
    self.pathMTU = pathMTU
  }

  private enum CodingKeys: String, CodingKey {
    case node, interfaces, sysctls
    case pathMTU = "path_mtu"
  }
}

package struct InterfaceDescription: Codable, Hashable, Sendable {
  package var name: String
  package var mtu: Int
  /// What the kernel and the device take over, on or off, by ethtool's names; `null` where the
  /// kernel does not tell.
  @Nullable package var offloads: [String: Bool]?

  package init(name: String, mtu: Int, offloads: [String: Bool]?) {
    self.name = name
    self.mtu = mtu
    self.offloads = offloads
  }
}
