import Packets
package import TopologyModel

/// What a lab of a topology asks of the kernel and of this process, counted before it is built.
package struct LabDemand: Sendable {
  /// Network devices of all namespaces.
  package let devices: Int
  /// Descriptors of this process.
  package let descriptors: Int
  /// Entries that come of traffic in the neighbour table, which is one for all namespaces: of every prober
  /// one for the VIP. What the holder answers to is pinned where there is no room for both.
  package let neighbours: Int
  /// Static entries of overlays, for unicast and for what is flooded.
  package let forwardingEntries: Int
  /// Of the kernel, in bytes.
  package let memory: Int
  /// Of the path that sends most.
  package let probesPerSecond: Int
  /// Of a frame for all on the largest overlay, each of which the sender makes.
  package let copies: Int

  package init(_ topology: Topology) {
    let attachments = topology.nodes.map(\.attachments.count).reduce(0, +)
    let tagged = topology.nodes.flatMap(\.attachments)
      .count { topology.segments[$0.segment].vlan != nil }
    // A pair of Ethernet devices a cable, a bridge a segment, and the loopback of every namespace.
    let namespaces = topology.nodes.count + topology.segments.count
    devices =
      2 * attachments + tagged + topology.segments.count + namespaces
      + topology.paths.map(LabDemand.devices).reduce(0, +)
    descriptors =
      LabDemand.descriptorsAtLeast + namespaces
      + topology.paths.map { $0.members.count * LabDemand.descriptorsPerMember }.reduce(0, +)
    let overlays = topology.paths.filter(\.kind.isOverlay)
    neighbours = topology.paths.map(\.members.count).max() ?? 0
    forwardingEntries = overlays.map(LabDemand.entries).reduce(0, +)
    memory =
      devices * LabDemand.bytesPerDevice + namespaces * LabDemand.bytesPerNamespace
      + forwardingEntries * LabDemand.bytesPerEntry
    copies = max(0, (overlays.map(\.members.count).max() ?? 0) - 1)
    let probers = topology.paths.map { path in
      path.members.count { topology.nodes[$0.node].role != .router }
    }
    let interval = topology.probe.every.seconds
    probesPerSecond = Int((Double(probers.max() ?? 0) / interval).rounded())
  }

  /// That a path's tunnels are made of.
  private static func devices(of path: TopologyPath) -> Int {
    let members = path.members.count
    switch path.kind {
    case .native: return 0
    case .vxlan: return members
    // One for each peer, and a bridge.
    case .geneve: return members * members
    }
  }

  /// Of each member one for every peer's address, and of a VXLAN one to flood it by.
  private static func entries(of path: TopologyPath) -> Int {
    let pairs = path.members.count * (path.members.count - 1)
    return path.kind == .vxlan ? 2 * pairs : pairs
  }

  // As labs of 24 to 256 nodes were seen to take, an entry with the neighbour that is pinned for it.
  private static let bytesPerDevice = 52 << 10
  private static let bytesPerNamespace = 190 << 10
  private static let bytesPerEntry = 512

  /// Files, streams, threads' own.
  private static let descriptorsAtLeast = 64
  private static let descriptorsPerMember = 6
}
