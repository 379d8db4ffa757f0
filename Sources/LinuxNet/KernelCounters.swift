/// What the kernel, one for all namespaces, has lost for want of room.
package struct KernelCounters: Sendable {
  /// Packets that the queues between interfaces had no room for (`/proc/net/softnet_stat`).
  package var backlogDrops = 0
  /// Entries that the neighbour tables had no room for, of both families (`table_fulls` of
  /// `/proc/net/stat/arp_cache` and `ndisc_cache`); 0 where this namespace does not show it.
  package var neighbourTableFulls = 0

  /// As they are now.
  package init() {
    backlogDrops = KernelCounters.sum("/proc/net/softnet_stat", column: { _ in 1 })
    for table in ["arp_cache", "ndisc_cache"] {
      neighbourTableFulls += KernelCounters.sum(
        "/proc/net/stat/" + table, column: { $0.firstIndex(of: "table_fulls") })
    }
  }

  /// The sum over all processors of a column of hexadecimal numbers, found by the first line.
  private static func sum(_ path: String, column: ([Substring]) -> Int?) -> Int {
    guard let text = try? FileSystem.read(path) else { return 0 }
    let rows = text.split(separator: "\n").map { $0.split(separator: " ") }
    guard let index = rows.first.flatMap(column) else { return 0 }
    return rows.reduce(0) { sum, row in
      sum + (row.indices.contains(index) ? Int(row[index], radix: 16) ?? 0 : 0)
    }
  }
}
