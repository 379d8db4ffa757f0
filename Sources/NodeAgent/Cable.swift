package import LinuxNet

/// What connects a node of a lab to its switch: the port there.
package final class Cable {
  private let netlink: NetlinkSocket
  private let port: Int32
  /// Of all servers at the switch.
  private let servers: [Int32]

  /// In the namespace of the switch, which is that of the calling thread.
  package init(port: Int32, servers: [Int32]) throws(KernelError) {
    netlink = try NetlinkSocket()
    self.port = port
    self.servers = servers
  }

  /// The node is without a carrier from now on, or has one again.
  func plug(isIn: Bool) throws(KernelError) {
    var batch = NetlinkBatch()
    batch.setLink(port, up: isIn)
    try netlink.perform(batch)
  }

  /// Servers do not hear each other from now on, while everybody else hears all of them; or they do again.
  func part(isParted: Bool) throws(KernelError) {
    var batch = NetlinkBatch()
    let flags: PortFlags = [.learning, .flood]
    for server in servers {
      batch.setPort(server, flags: isParted ? flags.union(.isolated) : flags)
    }
    try netlink.perform(batch)
  }
}
