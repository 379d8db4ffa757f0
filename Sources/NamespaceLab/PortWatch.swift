import Glibc
import LinuxNet
import Packets

/// Waits for the ports of a bridge: that the other end is up a bridge learns in the background, and
/// until then it forwards nothing there.
enum PortWatch {
  static func await(
    _ ports: [Int32], in namespace: Namespace, within timeout: TimeSpan
  ) throws(KernelError) {
    let socket = try namespace.run { () throws(KernelError) in try NetlinkSocket() }
    let deadline = WallClock.now + timeout
    while true {
      let forwarding = try socket.forwardingBridgePorts()
      let waiting = ports.count { !forwarding.contains($0) }
      if waiting == 0 { return }
      guard WallClock.now < deadline else {
        throw KernelError("wait for \(waiting) bridge ports to forward", code: ETIMEDOUT)
      }
      _ = poll(nil, 0, pollMilliseconds)
    }
  }

  private static let pollMilliseconds: Int32 = 2
}
