import CNetlink

/// A neighbour table of the kernel: there is one of each family, for all namespaces.
package struct NeighbourTable: Hashable, Sendable {
  /// How many entries it takes that are not permanent (`net.ipv4.neigh.default.gc_thresh3`).
  package var room: Int
  /// From so many on it is swept of those that were not updated for five seconds (`gc_thresh2`).
  package var sweptFrom: Int
  /// How often it was swept for room, or had none (`forced_gc_runs`, `table_fulls`).
  package var shortages: Int

  /// Makes room in the tables of a kernel of one's own, in the namespace that it started with.
  package static func makeRoom(for entries: Int) throws(KernelError) {
    for family in ["ipv4", "ipv6"] where Sysctl.exists("\(family).neigh.default.gc_thresh3") {
      for (name, part) in [("gc_thresh3", 1), ("gc_thresh2", 2), ("gc_thresh1", 4)] {
        try Sysctl.set("\(family).neigh.default.\(name)", to: "\(entries / part)")
      }
    }
  }
}

extension NetlinkSocket {
  /// From whatever namespace it is asked (`ip -statistics ntable show`).
  package func neighbourTables() throws(KernelError) -> [NeighbourTable] {
    var tables: [NeighbourTable] = []
    try readWhole("ip ntable show", RTM_GETNEIGHTBL, ndtmsg()) {
      tables = []
    } each: { header in
      // What is of one interface only has neither.
      if let table = NeighbourTable(header) { tables.append(table) }
    }
    return tables
  }
}

extension NeighbourTable {
  fileprivate init?(_ header: UnsafeMutablePointer<nlmsghdr>) {
    func attribute(_ type: Int) -> UnsafeMutablePointer<nlattr>? {
      nlmsg_find_attr(header, Int32(MemoryLayout<ndtmsg>.size), Int32(type))
    }
    guard let room = attribute(NDTA_THRESH3)?.number(UInt32.self),
      let sweptFrom = attribute(NDTA_THRESH2)?.number(UInt32.self),
      let counts = attribute(NDTA_STATS), nla_len(counts) >= MemoryLayout<ndt_stats>.size
    else { return nil }
    let stats = nla_data(counts).loadUnaligned(as: ndt_stats.self)
    self.room = Int(room)
    self.sweptFrom = Int(sweptFrom)
    shortages = Int(clamping: stats.ndts_forced_gc_runs &+ stats.ndts_table_fulls)
  }
}
