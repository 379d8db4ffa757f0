package import LinuxNet

/// What connects a node of a lab to its switch: the port there.
package final class Cable {
  private let netlink: NetlinkSocket
  private let port: Int32

  /// In the namespace of the switch, which is that of the calling thread.
  package init(port: Int32) throws(KernelError) {
    netlink = try NetlinkSocket()
    self.port = port
  }

  /// The node is without a carrier from now on, or has one again.
  func plug(isIn: Bool) throws(KernelError) {
    var batch = NetlinkBatch()
    batch.setLink(port, up: isIn)
    try netlink.perform(batch)
  }
}
