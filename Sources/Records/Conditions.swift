package import Measurement
package import Packets
package import TopologyModel

/// Under what a run was made.
package struct Conditions: Codable, Hashable, Sendable {
  package var started: Timestamp
  package var duration: TimeSpan
  package var processors: Int
  /// The versions of the programs that measured, by their names.
  package var programs: [String: String]
  /// `null` where others moved the VIP.
  @Nullable package var failover: FailoverConditions?
  package var segments: [SegmentDescription]
  package var nodes: [NodeDescription]

  package init(
    started: Timestamp, duration: TimeSpan, processors: Int, programs: [String: String],
    failover: FailoverConditions?, segments: [SegmentDescription], nodes: [NodeDescription]
  ) {
    self.started = started
    self.duration = duration
    self.processors = processors
    self.programs = programs
    self.failover = failover
    self.segments = segments
    self.nodes = nodes
  }

  private enum CodingKeys: String, CodingKey {
    case processors, programs, failover, segments, nodes
    case started = "started_ns"
    case duration = "duration_ns"
  }
}

/// How the VIP was moved.
package struct FailoverConditions: Codable, Hashable, Sendable {
  package var every: TimeSpan
  package var announceEvery: TimeSpan
  package var form: String
  /// Negative for a gap.
  package var overlap: TimeSpan
  package var stuckAfter: TimeSpan
  @Nullable package var heal: Healing?

  package init(
    every: TimeSpan, announceEvery: TimeSpan, form: String, overlap: TimeSpan,
    stuckAfter: TimeSpan, heal: Healing? = nil
  ) {
    self.every = every
    self.announceEvery = announceEvery
    self.form = form
    self.overlap = overlap
    self.stuckAfter = stuckAfter
    self.heal = heal
  }

  private enum CodingKeys: String, CodingKey {
    case form, heal
    case every = "every_ns"
    case announceEvery = "announce_every_ns"
    case overlap = "overlap_ns"
    case stuckAfter = "stuck_after_ns"
  }
}

/// A segment of the lab.
package struct SegmentDescription: Codable, Hashable, Sendable {
  package var name: String
  package var subnet: String
  package var switchModel: String
  package var mtu: Int
  @Nullable package var vlan: Int?
  package var delay: TimeSpan
  package var jitter: TimeSpan
  /// The share of frames lost at random.
  package var loss: Double
  /// In bits per second; `null` where nothing limits it.
  @Nullable package var rate: Int?

  package init(
    name: String, subnet: String, switchModel: String, mtu: Int, vlan: Int?, delay: TimeSpan,
    jitter: TimeSpan, loss: Double, rate: Int?
  ) {
    self.name = name
    self.subnet = subnet
    self.switchModel = switchModel
    self.mtu = mtu
    self.delay = delay
    self.jitter = jitter
    self.loss = loss
    self.vlan = vlan
    self.rate = rate
  }

  private enum CodingKeys: String, CodingKey {
    case name, subnet, mtu, vlan, loss
    case switchModel = "switch"
    case delay = "delay_ns"
    case jitter = "jitter_ns"
    case rate = "rate_bits_per_second"
  }
}

/// A node of the lab.
package struct NodeDescription: Codable, Hashable, Sendable {
  package var name: String
  package var role: NodeRole
  /// By the name of the segment.
  package var addresses: [String: String]
  /// What its neighbour tables are set to, as sysctl(8) takes it; `null` where nothing is.
  @Nullable package var neighbourSettings: [String: Int]?

  package init(
    name: String, role: NodeRole, addresses: [String: String],
    neighbourSettings: [String: Int]? = nil
  ) {
    self.neighbourSettings = neighbourSettings
    self.name = name
    self.role = role
    self.addresses = addresses
  }

  private enum CodingKeys: String, CodingKey {
    case name, role, addresses
    case neighbourSettings = "neigh"
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
