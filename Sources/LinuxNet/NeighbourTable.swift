/// The kernel's neighbour tables, one of each family for all namespaces.
package enum NeighbourTable {
  private static let families = ["ipv4", "ipv6"]
  private static let standardRoom = 1_024

  /// How many entries each takes that are not permanent (`net.ipv4.neigh.default.gc_thresh3`), as the
  /// namespace that the machine started with shows it.
  package static var room: Int {
    families.compactMap { try? Sysctl.get("\($0).neigh.default.gc_thresh3") }.compactMap { Int($0) }
      .min() ?? standardRoom
  }

  /// Makes room for so many, half of them for as long as nobody looks; in a kernel of one's own.
  package static func makeRoom(for entries: Int) throws(KernelError) {
    for family in families where Sysctl.exists("\(family).neigh.default.gc_thresh3") {
      for (name, share) in [("gc_thresh3", 1), ("gc_thresh2", 2), ("gc_thresh1", 4)] {
        try Sysctl.set("\(family).neigh.default.\(name)", to: "\(entries / share)")
      }
    }
  }
}
