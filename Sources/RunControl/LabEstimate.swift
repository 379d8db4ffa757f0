package import LinuxNet
import Packets
package import TopologyModel

/// What a lab asks for against what there is for it.
package struct LabEstimate: Sendable {
  package let demand: LabDemand
  package let capacity: LabCapacity
  private let topology: Topology
  private let paths: [TopologyPath]
  private let isMeasured: Bool

  /// Without the paths that are `skipped`; where it is not measured it is only held.
  package init(
    _ topology: Topology, skipping skipped: Set<String> = [], isMeasured: Bool = true,
    on capacity: LabCapacity
  ) {
    paths = topology.paths.filter { !skipped.contains($0.name) }
    demand = LabDemand(topology, paths: paths, isMeasured: isMeasured)
    self.capacity = capacity
    self.topology = topology
    self.isMeasured = isMeasured
  }

  /// What it comes to, in a line.
  package var text: String {
    var parts = ["\(demand.devices) network devices"]
    if demand.forwardingEntries > 0 { parts.append("\(demand.forwardingEntries) static entries") }
    if demand.copies > 1 { parts.append("\(demand.copies) copies of a frame for all") }
    parts.append("\(demand.probesPerSecond) probes/s")
    return parts.joined(separator: ", ")
  }

  /// Why the lab cannot be, and one that could; `nil` where nothing is known against it.
  package var refusal: String? {
    if demand.descriptors > capacity.descriptors {
      return """
        it takes about \(demand.descriptors) descriptors, and this process may have \
        \(capacity.descriptors) (`ulimit -Hn`): raise that, or take \
        \(nodes(for: Double(capacity.descriptors) / Double(demand.descriptors), of: topology.nodes.count)) nodes
        """
    }
    for (number, segment) in topology.segments.enumerated() {
      let ports = topology.nodes.count { $0.attachment(to: number) != nil }
      guard ports > LabEstimate.mostPorts else { continue }
      return """
        segment `\(segment.name)` has \(ports) nodes, and a bridge of Linux has \(LabEstimate.mostPorts) \
        ports at most: take \(LabEstimate.mostPorts), or several segments and a router between them
        """
    }
    if isMeasured, let path = paths.first(where: { $0.members.count > capacity.neighbours }) {
      return """
        path `\(path.name)`: each of its \(path.members.count) members has a neighbour entry for the VIP, \
        and this kernel's table, one for all of them, takes \(capacity.neighbours) \
        (`gc_thresh3`): raise that, take --kernel uml, or \(nodes(for: 1, of: capacity.neighbours)) members
        """
    }
    let memory = demand.memoryOfNodes + demand.memoryOfMeshes
    guard memory > capacity.memory else { return nil }
    // The share of the nodes for which as much is taken as there is: of a quadratic equation.
    let (linear, square) = (Double(demand.memoryOfNodes), Double(demand.memoryOfMeshes))
    let root = (linear * linear + 4 * square * Double(capacity.memory)).squareRoot()
    let share = 2 * Double(capacity.memory) / (linear + root)
    return """
      its \(demand.devices) network devices and \(demand.forwardingEntries) static entries take about \
      \(memory >> 20) MiB of the kernel's memory, and \(capacity.memory >> 20) MiB are free: \
      \(nodes(for: share, of: topology.nodes.count)) nodes would do
      """
  }

  /// `BR_MAX_PORTS`, the first of which is none.
  private static let mostPorts = 1_023

  /// Somewhat less than that share of so many.
  private func nodes(for share: Double, of count: Int) -> String {
    "\(Int(Double(count) * share * 0.9))"
  }

  /// What to expect of these processors; asked only where it may be in doubt, as it takes some
  /// milliseconds.
  package func warning() throws(KernelError) -> String? {
    guard demand.load > LabEstimate.undoubted else { return sweeping }
    return try LabCapacity.probesPerSecond().flatMap(warning) ?? sweeping
  }

  /// Of a kernel that drops what is measured.
  private var sweeping: String? {
    paths.first { $0.members.count > capacity.neighboursUnswept }.map {
      """
      path `\($0.name)`: this kernel sweeps its neighbour table from \(capacity.neighboursUnswept) entries on \
      (`gc_thresh2`), and each of \($0.members.count) members has one for the VIP: transitions in which it does \
      are void
      """
    }
  }

  private static let undoubted = 5_000

  /// The same of processors that send and answer so many probes a second.
  package func warning(ifPossible possible: Int) -> String? {
    guard 2 * demand.load > possible else { return nil }
    let slower = 2 * Double(demand.load) / Double(possible)
    let interval = (topology.probe.every.seconds * 1_000 * slower).rounded(.up)
    return """
      as much is asked for as \(demand.load) probes/s on a native path take, and these processors do about \
      \(possible): transitions will be void whenever they have anything else to do; --probe \
      \(Int(interval))ms would leave them time
      """
  }
}
