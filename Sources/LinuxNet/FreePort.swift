import CLinux
import Glibc
package import Packets

/// A TCP port that nothing in a namespace listens on.
package enum FreePort {
  /// One that was free at `address` a moment ago, in the namespace of the calling thread: `wanted` where
  /// that was, otherwise one that the kernel chose.
  package static func tcp(
    at address: IPAddress, preferring wanted: UInt16 = 0
  ) throws(KernelError) -> UInt16 {
    do {
      return try free(wanted, at: address)
    } catch {
      guard wanted != 0, error.code == EADDRINUSE || error.code == EACCES else { throw error }
      return try free(0, at: address)
    }
  }

  private static func free(
    _ port: UInt16, at address: IPAddress
  ) throws(KernelError) -> UInt16 {
    let purpose = "find a free TCP port at \(address)"
    let socket = try Descriptor.socket(
      address.family.constant, .stream, protocol: 0, purpose: purpose)
    try socket.use { (socket) throws(KernelError) in
      try checked(address.withName { clinux_bind_internet(socket, $0, $1, port) }, purpose)
    }
    return try socket.localPort()
  }
}
