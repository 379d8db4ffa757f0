import Glibc

/// What the kernel, one for all namespaces, has lost for want of room. Reading it allocates nothing where the
/// namespace that it started with is this one.
package final class KernelCounters {
  /// `/proc/net/softnet_stat` has no heading; its second column counts drops.
  private let backlog = KernelTable("/proc/net/softnet_stat", hasHeading: false) { _ in 1 }
  private let neighbours = ["arp_cache", "ndisc_cache"].flatMap { name in
    ["forced_gc_runs", "table_fulls"].map { column in
      KernelTable("/proc/net/stat/" + name, hasHeading: true) { $0.firstIndex(of: column) }
    }
  }

  /// Asked where this namespace does not show the tables.
  private let netlink: NetlinkSocket?

  package init() {
    netlink = neighbours.contains { $0 != nil } ? nil : try? NetlinkSocket()
  }

  /// Packets that the queues between interfaces had no room for.
  package var backlogDrops: Int { backlog?.sum() ?? 0 }

  /// How often the neighbour tables, of both families, were swept for room or had none.
  package var neighbourShortages: Int {
    guard let netlink else { return neighbours.reduce(0) { $0 + ($1?.sum() ?? 0) } }
    return ((try? netlink.neighbourTables()) ?? []).reduce(0) { $0 + $1.shortages }
  }
}

/// A table of hexadecimal numbers under /proc, a row a processor.
private final class KernelTable {
  private let descriptor: Descriptor
  private let hasHeading: Bool
  private let column: Int
  private var buffer = [UInt8](repeating: 0, count: KernelTable.room)

  /// Of a thousand processors' rows.
  private static let room = 256 * 1024

  /// `nil` where there is no such table, or no such column in it.
  init?(_ path: String, hasHeading: Bool, column: ([String]) -> Int?) {
    guard let file = try? Descriptor.opening(path, O_RDONLY) else { return nil }
    let count = KernelTable.read(file, into: &buffer)
    let heading = buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }
    let words = String(decoding: heading, as: UTF8.self).split(separator: " ").map(String.init)
    guard let column = column(words) else { return nil }
    descriptor = file
    self.hasHeading = hasHeading
    self.column = column
  }

  /// A call gives a page of such a file at most; how many bytes all gave.
  private static func read(_ file: Descriptor, into buffer: inout [UInt8]) -> Int {
    var total = 0
    while total < buffer.count {
      let count = buffer.withUnsafeMutableBytes { bytes in
        pread(file.rawValue, bytes.baseAddress! + total, bytes.count - total, off_t(total))
      }
      guard count > 0 else { break }
      total += count
    }
    return total
  }

  /// Of the column, as it is now.
  func sum() -> Int {
    let count = KernelTable.read(descriptor, into: &buffer)
    var (sum, row, word, value, isInWord) = (0, 0, 0, 0, false)
    for index in 0..<count {
      let byte = buffer[index]
      if let digit = KernelTable.digit(byte) {
        value = value << 4 | digit
        isInWord = true
        continue
      }
      if isInWord {
        if word == column && (row > 0 || !hasHeading) { sum += value }
        word += 1
      }
      (value, isInWord) = (0, false)
      if byte == UInt8(ascii: "\n") { (row, word) = (row + 1, 0) }
    }
    return sum
  }

  private static func digit(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
    default: nil
    }
  }
}
