import Glibc
import LinuxNet
import Packets
import TopologyModel

/// The part of a host's network that a run uses: finds interfaces, makes links, and notes how each is
/// undone before or as it is made. What was there before is used and never changed.
struct HostNetwork: HostMaker {
  private let netlink: NetlinkSocket
  private let record: UndoRecord

  init(_ record: UndoRecord) throws(KernelError) {
    netlink = try NetlinkSocket()
    self.record = record
  }

  private func change<Value>(
    _ body: ((UndoStep) throws -> Void) throws -> Value
  ) throws(KernelError) -> Value {
    do {
      return try record.change(body)
    } catch let error as KernelError {
      throw error
    } catch {
      throw KernelError("change the network", code: ECANCELED, detail: "\(error)")
    }
  }

  func make(
    _ name: String, preferring _: Int32,
    _ add: (Int32, inout NetlinkBatch) throws(KernelError) -> Void
  ) throws(KernelError) -> Int32 {
    try change { note in
      if let taken = try netlink.links().first(where: { $0.name == name }) {
        throw KernelError(
          "ip link add \(name)", code: EEXIST,
          detail: "\(taken.takenWords); or rename it in the topology")
      }
      var batch = NetlinkBatch()
      try add(0, &batch)
      try netlink.perform(batch)
      guard let link = try netlink.links().first(where: { $0.name == name }) else {
        throw KernelError("ip link show \(name)", code: ENODEV)
      }
      try note(.link(name: name, index: link.index))
      var alias = NetlinkBatch()
      alias.setAlias(of: link.index, to: record.tag)
      try netlink.perform(alias)
      return link.index
    }
  }

  func add(_ add: (inout NetlinkBatch) throws(KernelError) -> Void) throws(KernelError) {
    try change { _ in
      var batch = NetlinkBatch()
      try add(&batch)
      try netlink.perform(batch)
    }
  }

  /// Only where packets would not leave so anyway.
  func addRoute(
    to endpoint: IPAddress, via gateway: IPAddress?, on index: Int32, from source: IPAddress
  ) throws(KernelError) {
    let way = try netlink.route(to: endpoint)
    guard way.interface != index || way.source != source else { return }
    try change { note in
      var batch = NetlinkBatch()
      try batch.addHostRoute(
        to: endpoint, via: gateway, on: index, from: source, isReplacing: false)
      try netlink.perform(batch)
      try note(.route(to: endpoint, index: index))
    }
  }

  func configure(
    _ name: String, index: Int32, address: IPAddress, prefixLength: Int
  ) throws(KernelError) {
    if address.family == .v6 {
      try Sysctl.set("ipv6.conf.\(Sysctl.scope(ofInterface: name)).disable_ipv6", to: "0")
    }
    try add { (batch) throws(KernelError) in
      try batch.addAddress(address, prefixLength: prefixLength, to: index)
      batch.setLink(index, up: true)
    }
  }

  func route(
    from vip: IPAddress, in network: IPNetwork, via gateway: IPAddress, on index: Int32,
    table: UInt32
  ) throws(KernelError) {
    let everything = IPNetwork(containing: vip.family.unspecified, prefixLength: 0)
    try change { note in
      for destination in [network, everything] {
        try note(.tableRoute(to: destination, index: index, table: table))
      }
      try note(.rule(from: vip, table: table))
      var batch = NetlinkBatch()
      try batch.addVIPRoutes(from: vip, in: network, via: gateway, on: index, table: table)
      try netlink.perform(batch)
    }
  }

  func expect(_ vip: IPAddress, on index: Int32) throws {
    try record.change { note in
      try note(.address(address: vip, prefixLength: vip.family.width, index: index))
    }
  }
}
