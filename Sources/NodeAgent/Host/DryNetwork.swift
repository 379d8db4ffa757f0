import LinuxNet
import Packets

/// Changes nothing, and keeps the commands that would do by hand what is asked of it.
struct DryNetwork: HostMaker {
  private(set) var commands: [String] = []
  /// Of the interfaces that are there, and of those that would be made.
  private var names: [Int32: String] = [:]
  private let netlink: NetlinkSocket

  init() throws(KernelError) {
    netlink = try NetlinkSocket()
    for link in try netlink.links() { names[link.index] = link.name }
  }

  private mutating func note(_ batch: NetlinkBatch) {
    commands += batch.commands.map { command in
      let words = command.split(separator: " ").map(String.init)
      return words.indices.map { index in
        let isIndex = index > 0 && ["dev", "link", "master"].contains(words[index - 1])
        return isIndex ? Int32(words[index]).flatMap { names[$0] } ?? words[index] : words[index]
      }.joined(separator: " ")
    }
  }

  mutating func make(
    _ name: String, preferring _: Int32,
    _ add: (Int32, inout NetlinkBatch) throws(KernelError) -> Void
  ) throws(KernelError) -> Int32 {
    let index = (names.keys.max() ?? 0) + 1
    names[index] = name
    var batch = NetlinkBatch()
    try add(index, &batch)
    note(batch)
    return index
  }

  mutating func add(
    _ add: (inout NetlinkBatch) throws(KernelError) -> Void
  ) throws(KernelError) {
    var batch = NetlinkBatch()
    try add(&batch)
    note(batch)
  }

  mutating func addRoute(
    to endpoint: IPAddress, via gateway: IPAddress?, on index: Int32, from source: IPAddress
  ) throws(KernelError) {
    if let way = try? netlink.route(to: endpoint), way.interface == index, way.source == source {
      return
    }
    var batch = NetlinkBatch()
    try batch.addHostRoute(to: endpoint, via: gateway, on: index, from: source)
    note(batch)
  }

  mutating func configure(
    _ name: String, index: Int32, address: IPAddress, prefixLength: Int
  ) throws(KernelError) {
    var batch = NetlinkBatch()
    try batch.addAddress(address, prefixLength: prefixLength, to: index)
    batch.setLink(index, up: true)
    note(batch)
  }

  mutating func route(
    from vip: IPAddress, in network: IPNetwork, via gateway: IPAddress, on index: Int32,
    table: UInt32
  ) throws(KernelError) {
    var batch = NetlinkBatch()
    try batch.addVIPRoutes(from: vip, in: network, via: gateway, on: index, table: table)
    note(batch)
  }

  mutating func expect(_ vip: IPAddress, on index: Int32) throws {
    var batch = NetlinkBatch()
    try batch.addAddress(vip, prefixLength: vip.family.width, to: index)
    note(batch)
    commands[commands.count - 1] += "    # in its turn"
  }
}
