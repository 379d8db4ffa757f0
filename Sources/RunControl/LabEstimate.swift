package import LinuxNet
import Packets
package import TopologyModel

/// What a lab asks for against what there is for it.
package struct LabEstimate: Sendable {
  package let demand: LabDemand
  package let capacity: LabCapacity
  private let topology: Topology

  package init(_ topology: Topology, on capacity: LabCapacity) {
    demand = LabDemand(topology)
    self.capacity = capacity
    self.topology = topology
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
        \(nodes(for: Double(capacity.descriptors) / Double(demand.descriptors))) nodes
        """
    }
    for (number, segment) in topology.segments.enumerated() {
      let ports = topology.nodes.count { $0.attachment(to: number) != nil }
      guard ports > LabEstimate.mostPorts else { continue }
      return """
        segment `\(segment.name)` has \(ports) nodes, and a bridge of Linux has \(LabEstimate.mostPorts) \
        ports at most: take several segments and a router between them
        """
    }
    if let path = topology.paths.first(where: { $0.members.count > capacity.neighbours }) {
      return """
        path `\(path.name)`: each of its \(path.members.count) members has a neighbour entry for the VIP, \
        and this kernel's table, one for all of them, takes \(capacity.neighbours) \
        (`net.ipv4.neigh.default.gc_thresh3`): raise that, or take as many members as it takes
        """
    }
    guard demand.memory > capacity.memory else { return nil }
    // What fills it is meshes, in which every node has devices for all others.
    let share = (Double(capacity.memory) / Double(demand.memory)).squareRoot()
    return """
      its \(demand.devices) network devices and \(demand.forwardingEntries) static entries take about \
      \(demand.memory >> 20) MiB of the kernel's memory, and \(capacity.memory >> 20) MiB are free: \
      \(nodes(for: share)) nodes would do
      """
  }

  /// `BR_MAX_PORTS`, the first of which is none.
  private static let mostPorts = 1_023

  /// Less than that share of those there are.
  private func nodes(for share: Double) -> String {
    "\(Int(Double(topology.nodes.count) * share * 0.9))"
  }

  /// What to expect of these processors; asked only where it may be in doubt, as it takes some
  /// milliseconds.
  package func warning() throws(KernelError) -> String? {
    guard demand.load > LabEstimate.undoubted else { return nil }
    return warning(ifPossible: try LabCapacity.probesPerSecond())
  }

  private static let undoubted = 5_000

  /// The same of processors that send and answer so many probes a second.
  package func warning(ifPossible possible: Int) -> String? {
    guard 2 * demand.load > possible else { return nil }
    let slower = 2 * Double(demand.load) / Double(possible)
    let interval = (topology.probe.every.seconds * 1_000 * slower).rounded(.up)
    return """
      \(demand.probesPerSecond) probes/s are asked for, and these processors do about \(possible) on a \
      native path: transitions will be void whenever they have anything else to do; --probe \
      \(Int(interval))ms would leave them time
      """
  }
}
