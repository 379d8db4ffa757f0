import CLinux
import Glibc
package import Packets

/// A TCP port that nothing in a namespace listens on.
package enum FreePort {
  /// One that was free at `address` a moment ago, chosen by the kernel, in the namespace of the
  /// calling thread.
  package static func tcp(at address: IPAddress) throws(KernelError) -> UInt16 {
    let purpose = "find a free TCP port at \(address)"
    let socket = try Descriptor.socket(
      address.family.constant, .stream, protocol: 0, purpose: purpose)
    try socket.use { (socket) throws(KernelError) in
      try checked(address.withName { clinux_bind_internet(socket, $0, $1, 0) }, purpose)
    }
    return try socket.localPort()
  }
}
