package import LinuxNet
import Packets

/// What connects a node of a lab to its switch: the port there.
package final class Cable {
  private let netlink: NetlinkSocket
  private let port: Int32
  /// Of all servers at the switch.
  private let servers: [Int32]
  /// Of their ports, where nothing is broken.
  private let flags: PortFlags
  /// What drops frames there, by rules; `nil` where none are.
  private let rules: NamespaceQueue?

  /// In the namespace of the switch, which is that of the calling thread.
  package init(
    port: Int32, servers: [Int32], flags: PortFlags, isBlocked: Bool
  ) throws(KernelError) {
    netlink = try NetlinkSocket()
    self.port = port
    self.servers = servers
    self.flags = flags
    rules = isBlocked ? try NamespaceQueue("rules") : nil
  }

  deinit { rules?.close() }

  /// One of the two ways between the node and the other servers.
  enum Way {
    /// The node does not hear them.
    case inward
    /// They do not hear it.
    case outward
  }

  /// Frames of servers do not pass that way from now on; or, without one, both ways again. It takes
  /// nft(8) some milliseconds; what it complains of `tell` is told.
  func block(_ way: Way?, tell: @escaping @Sendable (String) -> Void) {
    let others = servers.filter { $0 != port }.map(String.init).joined(separator: ", ")
    let (from, to) = way == .inward ? ("{ \(others) }", "\(port)") : ("\(port)", "{ \(others) }")
    let chain = """
      table bridge partition {
        chain forward {
          type filter hook forward priority 0
          iif \(from) oif \(to) drop
        }
      }

      """
    // The table is made anew, or not at all.
    let ruleset =
      "add table bridge partition\ndelete table bridge partition\n" + (way == nil ? "" : chain)
    rules?.add {
      do {
        let nft = try NodeProgram(Cable.nft, ["-f", "-"], input: ruleset)
        if let failure = nft.failure(within: .seconds(5)) { tell("nft: \(failure)") }
      } catch {
        tell("\(error)")
      }
    }
  }

  private static let nft = "/usr/sbin/nft"

  /// The node is without a carrier from now on, or has one again.
  func plug(isIn: Bool) throws(KernelError) {
    var batch = NetlinkBatch()
    batch.setLink(port, up: isIn)
    try netlink.perform(batch)
  }

  /// Servers do not hear each other from now on, while everybody else hears all of them; or they do again.
  func part(isParted: Bool) throws(KernelError) {
    var batch = NetlinkBatch()
    for server in servers {
      batch.setPort(server, flags: isParted ? flags.union(.isolated) : flags)
    }
    try netlink.perform(batch)
  }
}
