import Foundation
import LinuxNet
import Packets
import TestSupport
import Testing

/// What is asked of the kernel by netlink and /proc.
@Suite struct KernelTests {
  /// The kernel's own words beyond the code, in generic netlink too.
  @Test func aRefusalCarriesTheKernelsWords() throws {
    let namespace = try Namespace()
    let error = #expect(throws: KernelError.self) {
      try namespace.run { () throws(KernelError) in
        _ = try Ethtool().activeFeatures(of: "nothing0")
      }
    }
    #expect(error?.operation == "ethtool --show-features nothing0")
    #expect(error?.code == ENODEV && error?.detail != nil, "\(String(describing: error))")
  }

  @Test(arguments: ["10.0.1.200", "fd00:1::200"])
  func anAddressIsFoundWhereItIs(text: String) throws {
    let address = try #require(IPAddress(text))
    let namespace = try Namespace()
    _ = try run("ip", "link", "set", "dev", "lo", "up", in: namespace)
    func isThere() throws -> Bool {
      try namespace.run { () throws(KernelError) in
        try NetlinkSocket().hasAddress(address, on: 1)
      }
    }
    #expect(try !isThere())
    _ = try run(
      "ip", "address", "add", text + "/\(address.family.width)", "dev", "lo", in: namespace)
    #expect(try isThere())
  }

  /// The second column of every row, in hexadecimal.
  @Test func dropsAreTheSumOverAllProcessors() throws {
    func shown() throws -> Int {
      try String(contentsOfFile: "/proc/net/softnet_stat", encoding: .utf8)
        .split(separator: "\n")
        .reduce(0) { $0 + (Int($1.split(separator: " ")[1], radix: 16) ?? 0) }
    }
    let before = try shown()
    let found = KernelCounters().backlogDrops
    #expect(try (before...shown()).contains(found))
  }

  /// It is one, whether a namespace shows it under /proc or not.
  @Test func everyNamespaceIsToldOfTheNeighbourTables() throws {
    let here = (try NetlinkSocket().neighbourTables(), KernelCounters().neighbourShortages)
    #expect(here.0.count == 2 && here.0.allSatisfy { $0.room > $0.sweptFrom && $0.sweptFrom > 0 })
    let there = try Namespace().run { () throws(KernelError) in
      (try NetlinkSocket().neighbourTables(), KernelCounters().neighbourShortages)
    }
    #expect(there.0.map(\.room) == here.0.map(\.room))
    #expect(there.1 >= here.1 && here.1 >= here.0.reduce(0) { $0 + $1.shortages })
  }
}
