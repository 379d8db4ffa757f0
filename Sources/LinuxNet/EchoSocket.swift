import CLinux
import Glibc
package import Packets

/// Sends echo requests by one interface, as ping(8) does with `-I`.
package final class EchoSocket {
  private let descriptor: Descriptor
  private let family: IPFamily
  private var sequence: UInt16 = 0

  /// Opens the socket in the namespace of the calling thread.
  package init(interface name: String, family: IPFamily) throws(KernelError) {
    self.family = family
    descriptor = try .socket(
      family.constant, .raw,
      protocol: Int32(family == .v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6),
      purpose: "open an ICMP socket")
    try checked(
      clinux_bind_to_device(descriptor.rawValue, name), "bind an ICMP socket to \(name)")
    // Nobody reads the answers.
    try descriptor.setOption(SOL_SOCKET, SO_RCVBUF, 0)
  }

  /// Sends one.
  package func ping(_ address: IPAddress) throws(KernelError) {
    sequence &+= 1
    let request = EchoRequest(
      family: family, identifier: UInt16(truncatingIfNeeded: getpid()), sequence: sequence
    ).bytes
    try checked(
      address.withName {
        clinux_send_raw(descriptor.rawValue, $0, $1, request, Int32(request.count))
      }, "ping \(address)")
  }
}
