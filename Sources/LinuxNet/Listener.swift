import CLinux
import Glibc
package import Packets

/// Takes in TCP connections to an address, whether or not the node holds it yet.
package final class Listener {
  package let descriptor: Descriptor

  /// Opens the socket in the namespace of the calling thread.
  package init(
    at address: IPAddress, port: UInt16, interface name: String? = nil
  ) throws(KernelError) {
    descriptor = try .socket(
      address.family.constant, .stream, protocol: 0, purpose: "open a TCP socket")
    try descriptor.setOption(SOL_SOCKET, SO_REUSEADDR)
    switch address.family {
    case .v4: try descriptor.setOption(Int32(IPPROTO_IP), IP_FREEBIND)
    case .v6: try descriptor.setOption(Int32(IPPROTO_IPV6), IPV6_FREEBIND)
    }
    if let name { try descriptor.bind(toDevice: name) }
    try checked(
      address.withName { clinux_bind_internet(descriptor.rawValue, $0, $1, port) },
      "listen at \(address) port \(port)")
    try checkedCall("listen at \(address) port \(port)") { Int(open()) }
  }

  /// Nobody listens at the port any longer, until `open`: a connection is refused.
  package func close() { shutdown(descriptor.rawValue, Int32(SHUT_RDWR)) }

  /// Listens again; -1 where that fails.
  @discardableResult
  package func open() -> Int32 { listen(descriptor.rawValue, Listener.backlog) }

  private static let backlog: Int32 = 1024

  /// One that waits; `nil` when none does.
  package func accept() -> Connection? {
    let accepted = clinux_accept(descriptor.rawValue)
    guard accepted >= 0 else { return nil }
    let connection = Descriptor(accepted)
    return fcntl(accepted, F_SETFL, O_NONBLOCK) < 0 ? nil : Connection(connection)
  }
}
