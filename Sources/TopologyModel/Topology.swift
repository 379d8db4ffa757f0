package import Packets

/// A checked topology: every default filled in, every name resolved, nothing contradictory.
package struct Topology: Codable, Sendable {
  package let name: String
  /// Of whatever is left to chance; chosen for each run where the file names none.
  package var seed: UInt64?
  package internal(set) var segments: [Segment]
  package internal(set) var nodes: [TopologyNode]
  package var paths: [TopologyPath]
  /// What paths have that name nothing of their own.
  package var failover: FailoverSettings
  package var probe: ProbeSettings
}

extension Topology {
  /// Reads and checks a topology; `file` names it in messages.
  package init(parsing text: String, file: String) throws(TopologyError) {
    var mistakes = Mistakes()
    let document = TopologyParser.parse(text, into: &mistakes)
    var resolver = TopologyResolver(document: document, mistakes: mistakes)
    let name = document.name?.value ?? Topology.name(ofFile: file)
    guard let topology = resolver.resolve(name: name) else {
      throw resolver.mistakes.error(in: file)
    }
    self = topology
  }

  /// The file's name without folders and extension.
  private static func name(ofFile file: String) -> String {
    let last = file.split(separator: "/").last.map(String.init) ?? file
    return last.split(separator: ".").first.map(String.init) ?? last
  }

  /// Whether its nodes are machines of their own: all are, or none.
  package var isOnHosts: Bool { nodes.contains { $0.reach != nil } }

  /// Takes note of the MAC address that a machine's interface on a segment has.
  package mutating func setMAC(_ mac: MACAddress, of node: Int, on segment: Int) {
    for index in nodes[node].attachments.indices
    where nodes[node].attachments[index].segment == segment {
      nodes[node].attachments[index].mac = mac
    }
    for path in paths.indices where !paths[path].kind.isOverlay {
      for member in paths[path].members.indices
      where paths[path].members[member].node == node
        && paths[path].members[member].segment == segment
      { paths[path].members[member].mac = mac }
    }
  }

  package func path(named name: String) -> TopologyPath? {
    paths.first { $0.name == name }
  }
}

/// An L2 broadcast domain; in a lab, an emulated vSwitch.
package struct Segment: Hashable, Sendable {
  /// Also the name of the interface by which a node attaches to it.
  package let name: String
  package let subnet: IPNetwork
  package let switchModel: SwitchModel
  package let mtu: Int
  package internal(set) var shaping: Shaping
  /// The 802.1Q tag by which every node attaches; `nil` where frames are untagged.
  package let vlan: UInt16?
}

/// What the switch does to every frame on its way to a node.
package struct Shaping: Hashable, Sendable {
  package let delay: TimeSpan
  package let jitter: TimeSpan
  /// The share of frames lost at random, 0 to 1.
  package let loss: Double
  /// In bits per second; `nil` for as fast as the machine is.
  package let rate: UInt64?

  package init(delay: TimeSpan, jitter: TimeSpan, loss: Double, rate: UInt64?) {
    self.delay = delay
    self.jitter = jitter
    self.loss = loss
    self.rate = rate
  }

  package var needsNetem: Bool { delay > .zero || jitter > .zero || loss > 0 }
}

package enum NodeRole: String, Codable, CaseIterable, Sendable {
  /// May hold the VIP.
  case server
  /// Only probes.
  case client
  /// Forwards between segments.
  case router
}

/// A machine of the topology.
package struct TopologyNode: Codable, Hashable, Sendable {
  package let name: String
  package let role: NodeRole
  package internal(set) var attachments: [Attachment]
  package let neighbourSettings: [NeighbourSetting]
  /// `nil` for a namespace of a lab.
  package var reach: Reach?
  /// To the segments it is not on.
  package internal(set) var routes: [StaticRoute] = []

  /// What the file sets a parameter of its neighbour tables to.
  package func setting(_ parameter: NeighbourParameter) -> Int64? {
    neighbourSettings.first { $0.parameter == parameter }?.value
  }

  package func attachment(to segment: Int) -> Attachment? {
    attachments.first { $0.segment == segment }
  }
}

/// A node's interface on a segment.
package struct Attachment: Codable, Hashable, Sendable {
  /// The segment's index in the topology.
  package let segment: Int
  package let address: IPAddress
  /// On a machine of its own the interface's, once that is known.
  package internal(set) var mac: MACAddress
  /// Of a node that is a machine of its own.
  package let host: HostInterface?

  init(segment: Int, address: IPAddress, nodeIndex: Int, host: HostInterface? = nil) {
    self.segment = segment
    self.address = address
    self.host = host
    mac = .local(group: MACGroup.segment(segment), member: UInt16(clamping: nodeIndex + 1))
  }
}

package enum PathKind: String, Codable, CaseIterable, Sendable {
  /// The VIP straight on the segment.
  case native
  case vxlan
  case geneve

  package var isOverlay: Bool { self != .native }

  /// What the encapsulation takes off the underlay's MTU: the outer IP header, UDP (8), VXLAN or
  /// option-less GENEVE (8) and the inner Ethernet header (14).
  package static func overhead(over family: IPFamily) -> Int {
    family.headerLength + UDPHeader.wireLength + 8 + EthernetHeader.wireLength
  }
}

/// One of the ways to reach the VIP that are compared.
package struct TopologyPath: Codable, Sendable {
  /// Also the name of the overlay's interface in every node.
  package let name: String
  package let kind: PathKind
  /// The index of the segment it lies on, or whose underlay it uses.
  package let segment: Int
  package let vip: IPAddress
  package let subnet: IPNetwork
  package let mtu: Int
  /// `nil` on a native path.
  package let overlay: OverlaySettings?
  /// Every server and client of the segment and every client that reaches it through routers, in the
  /// order of the file; on a native path also the routers that such clients' packets come from.
  package internal(set) var members: [PathMember]
  /// The segments that its packets cross, its own among them.
  package let crossed: Set<Int>
  /// Where what servers answer leaves, if it is not the segment they were asked on.
  package var replies: ReplyWay?
  /// How its VIP moves.
  package var failover: FailoverSettings {
    didSet { if methods.count == 1 { methods = [failover] } }
  }
  /// The ways of moving it that are compared, of which that is the first.
  package internal(set) var methods: [FailoverSettings]
}

extension TopologyPath {
  /// The path with each of the methods, under the names that they are told apart by.
  package var variants: [(name: String, path: TopologyPath)] {
    methods.map { method in
      var path = self
      path.failover = method
      return (methods.count == 1 ? name : "\(name)-\(method.method.rawValue)", path)
    }
  }
}

package struct OverlaySettings: Codable, Sendable {
  /// The virtual network identifier, 24 bits.
  package let vni: Int
  /// The outer UDP destination port.
  package let port: UInt16
  /// Whether the outer UDP header carries a checksum.
  package let udpChecksum: Bool
}

/// A node's place on a path.
package struct PathMember: Codable, Sendable {
  /// The node's index in the topology.
  package let node: Int
  /// The segment it attaches to.
  package let segment: Int
  /// The node whose neighbour entry for the VIP decides where its packets go, where that is a router
  /// and not itself.
  package let gateway: Int?
  /// Its own address on the path.
  package let address: IPAddress
  /// The MAC address of its interface on the path.
  package internal(set) var mac: MACAddress
  /// Its address on the segment below: a tunnel's endpoint.
  package let underlay: IPAddress
}

/// What the VIP is probed with.
package enum ProbeKind: String, Codable, CaseIterable, Sendable {
  /// Test packets of the Simple Two-Way Active Measurement Protocol (RFC 8762), answered by this
  /// program.
  case stamp
  /// Echo requests, answered by the kernel (ping).
  case icmp
  /// A TCP connection, new for each probe, opened by the kernel.
  case tcp
  /// A GET by a new connection, answered with the name of the node.
  case http

  /// Whether a probe is a connection.
  package var connects: Bool { self == .tcp || self == .http }

  /// How often a probe that is answered goes there and back.
  package var roundTrips: Int { self == .http ? 2 : 1 }
}

package struct ProbeSettings: Codable, Hashable, Sendable {
  package let kind: ProbeKind
  package var every: TimeSpan
  /// The destination port: of UDP for STAMP, of TCP for connections; of echo requests none.
  package let port: UInt16?

  package init(kind: ProbeKind = .stamp, every: TimeSpan, port: UInt16?) {
    self.kind = kind
    self.every = every
    self.port = port
  }
}

extension Sequence<TopologyPath> {
  /// The nodes that have part in one of them.
  package var memberNodes: Set<Int> {
    reduce(into: []) { $0.formUnion($1.members.map(\.node)) }
  }
}
