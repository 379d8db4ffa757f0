import Glibc
package import LinuxNet
package import Packets

/// A change of a host's network that is to be undone.
package enum UndoStep: Codable, Hashable, Sendable {
  /// `ip link delete`: what was made on it goes with it.
  case link(name: String, index: Int32)
  case address(address: IPAddress, prefixLength: Int, index: Int32)
  case route(to: IPAddress, index: Int32)
  case rule(from: IPAddress, table: UInt32)
  /// A route of a table that only the rule leads to.
  case tableRoute(to: IPNetwork, index: Int32, table: UInt32)

  /// Undoes it, in the network of the calling thread, unless it was undone already or is not of the run
  /// that noted `tag` at its links.
  package func perform(_ netlink: NetlinkSocket, tag: String) throws(KernelError) {
    var batch = NetlinkBatch()
    let gone: Set<Int32>
    switch self {
    case .link(let name, let index):
      guard let link = try? netlink.link(index), link.name == name, link.alias ?? tag == tag
      else { return }
      batch.removeLink(index)
      gone = [ENODEV]
    case .address(let address, let prefixLength, let index):
      try batch.removeAddress(address, prefixLength: prefixLength, from: index)
      gone = [EADDRNOTAVAIL, ENODEV]
    case .route(let address, let index):
      try batch.removeHostRoute(to: address, on: index)
      gone = [ESRCH, ENODEV]
    case .rule(let source, let table):
      try batch.removeRule(from: source, table: table)
      gone = [ENOENT]
    case .tableRoute(let network, let index, let table):
      try batch.removeRoute(to: network, on: index, table: table)
      gone = [ESRCH, ENODEV]
    }
    do {
      try netlink.perform(batch)
    } catch {
      if !gone.contains(error.code) { throw error }
    }
  }

  /// Undoes `steps`, the last first; what could not be.
  package static func perform(_ steps: [UndoStep], tag: String) -> [String] {
    guard !steps.isEmpty else { return [] }
    do {
      let netlink = try NetlinkSocket()
      return steps.reversed().compactMap { step in
        do throws(KernelError) {
          try step.perform(netlink, tag: tag)
          return nil
        } catch {
          return error.description
        }
      }
    } catch {
      return [error.description]
    }
  }
}
