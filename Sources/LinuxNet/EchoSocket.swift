import CLinux
import Glibc
package import Packets

/// Sends echo requests, as ping(8) does, and takes in what answers come. A ping socket (icmp(7)) where
/// `net.ipv4.ping_group_range` allows one, otherwise a raw one, which takes CAP_NET_RAW.
package final class EchoSocket {
  package let descriptor: Descriptor
  private let family: IPFamily
  /// Whether answers come with their IP header before them.
  package let keepsHeader: Bool

  /// Opens the socket in the namespace of the calling thread.
  package init(family: IPFamily) throws(KernelError) {
    self.family = family
    let number = Int32(family == .v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)
    do {
      descriptor = try .socket(
        family.constant, .datagram, protocol: number, purpose: "open a ping socket")
      keepsHeader = false
    } catch {
      guard error.code == EACCES || error.code == EPERM else { throw error }
      descriptor = try .socket(
        family.constant, .raw, protocol: number, purpose: "open an ICMP socket")
      keepsHeader = family == .v4
    }
    try descriptor.setOption(SOL_SOCKET, SO_TIMESTAMPNS)
  }

  /// The same, held to one interface as by ping's `-I`, and for requests whose answers nobody reads.
  package convenience init(interface name: String, family: IPFamily) throws(KernelError) {
    try self.init(family: family)
    try descriptor.bind(toDevice: name)
    try descriptor.setOption(SOL_SOCKET, SO_RCVBUF, 0)
  }

  /// From then on nobody else is heard. By one interface, and from one of this machine's addresses, where they are
  /// named.
  package func connect(
    to peer: IPAddress, by interface: String? = nil, from local: IPAddress? = nil
  ) throws(KernelError) {
    descriptor.widenBuffers()
    if let interface { try descriptor.bind(toDevice: interface) }
    if let local {
      try checked(
        local.withName { clinux_bind_internet(descriptor.rawValue, $0, $1, 0) },
        "send from \(local)")
    }
    try checked(
      peer.withName { clinux_connect_internet(descriptor.rawValue, $0, $1, 0) },
      "connect an ICMP socket to \(peer)")
  }

  /// Sends a request to the peer.
  package func send(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
    .sending(bytes, on: descriptor)
  }

  /// Sends one to `address`.
  package func ping(_ address: IPAddress) throws(KernelError) {
    let request = EchoProbe(
      family: family, identifier: EchoSocket.identifier, sequence: 1, run: 0
    ).bytes
    try checked(
      address.withName {
        clinux_send_raw(descriptor.rawValue, $0, $1, request, Int32(request.count))
      }, "ping \(address)")
  }

  /// Of this process's requests by raw sockets; a ping socket has its own.
  package static let identifier = UInt16(truncatingIfNeeded: getpid())
}
