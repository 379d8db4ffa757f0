import Packets
package import TopologyModel

/// What a lab of a topology asks of the kernel and of this process, counted before it is built.
package struct LabDemand: Sendable {
  /// Network devices of all namespaces.
  package let devices: Int
  /// Descriptors of this process.
  package let descriptors: Int
  /// Static entries of overlays, for unicast and for what is flooded.
  package let forwardingEntries: Int
  /// Of the kernel, in bytes: what grows with the nodes, and with their square.
  package let memoryOfNodes: Int
  package let memoryOfMeshes: Int
  /// Of the path that sends most.
  package let probesPerSecond: Int
  /// The same of the path whose probes ask most of the processors, in probes of a native one.
  package let load: Int
  /// Of a frame for all on the largest overlay, each of which the sender makes.
  package let copies: Int

  /// Of those of its paths that run, whose members have sockets where it `isMeasured`, and not only held.
  package init(_ topology: Topology, paths: [TopologyPath], isMeasured: Bool) {
    let attachments = topology.nodes.map(\.attachments.count).reduce(0, +)
    let tagged = topology.nodes.flatMap(\.attachments)
      .count { topology.segments[$0.segment].vlan != nil }
    // A pair of Ethernet devices a cable, a bridge a segment, and the loopback of every namespace.
    let namespaces = topology.nodes.count + topology.segments.count
    devices =
      2 * attachments + tagged + topology.segments.count + namespaces
      + paths.map(LabDemand.devices).reduce(0, +)
    descriptors =
      LabDemand.descriptorsAtLeast + namespaces
      + (isMeasured
        ? paths.map { $0.members.count * LabDemand.descriptorsPerMember }.reduce(0, +) : 0)
    let overlays = paths.filter(\.kind.isOverlay)
    forwardingEntries = overlays.map(LabDemand.entries).reduce(0, +)
    let tunnels = paths.filter { $0.kind == .geneve }.map(LabDemand.devices).reduce(0, +)
    memoryOfMeshes =
      tunnels * LabDemand.bytesPerDevice + forwardingEntries * LabDemand.bytesPerEntry
    memoryOfNodes =
      (devices - tunnels) * LabDemand.bytesPerDevice + namespaces * LabDemand.bytesPerNamespace
    copies = max(0, (overlays.map(\.members.count).max() ?? 0) - 1)
    let rates = paths.map { path in
      let probers = path.members.count { topology.nodes[$0.node].role != .router }
      return (path, Double(probers) / topology.probe.every.seconds)
    }
    probesPerSecond = Int((rates.map(\.1).max() ?? 0).rounded())
    load = Int(
      (rates.map { $1 * ($0.kind.isOverlay ? LabDemand.costOfAnOverlay : 1) }.max() ?? 0).rounded())
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

  /// So much more than natively a probe takes of the processors, there and back.
  private static let costOfAnOverlay = 1.3

  /// Files, streams, threads' own.
  private static let descriptorsAtLeast = 64
  private static let descriptorsPerMember = 6
}
