import CLinux
import Glibc
package import Packets

/// A UDP socket held to one interface, with the kernel's timestamps on what it receives.
package final class UDPSocket {
  private let descriptor: Descriptor

  private init(interface name: String) throws(KernelError) {
    descriptor = try .socket(AF_INET, .datagram, protocol: 0, purpose: "open a UDP socket")
    try checked(
      clinux_bind_to_device(descriptor.rawValue, name), "bind a UDP socket to interface \(name)")
    try descriptor.setOption(SOL_SOCKET, SO_TIMESTAMPNS)
  }

  /// A socket that hears every address the node holds on the interface, and learns which one a
  /// packet was sent to. Opened in the namespace of the calling thread.
  package static func listening(
    on port: UInt16, interface name: String
  ) throws(KernelError) -> UDPSocket {
    let socket = try UDPSocket(interface: name)
    try socket.descriptor.setOption(internet, IP_PKTINFO)
    try socket.descriptor.setOption(internet, IP_RECVTTL)
    try checked(
      clinux_bind_internet(socket.descriptor.rawValue, 0, port), "bind UDP port \(port) on \(name)")
    return socket
  }

  /// A socket that talks to one peer only, with the TTL of 255 that STAMP asks for (RFC 8762,
  /// section 4.2). Opened in the namespace of the calling thread.
  package static func connected(
    from local: IPv4Address, to peer: IPv4Address, port: UInt16, interface name: String
  ) throws(KernelError) -> UDPSocket {
    let socket = try bound(to: local, interface: name)
    try socket.connect(to: peer, port: port)
    return socket
  }

  /// The same, at a port that the kernel chooses, before its peer is known.
  package static func bound(
    to local: IPv4Address, interface name: String
  ) throws(KernelError) -> UDPSocket {
    let socket = try UDPSocket(interface: name)
    try socket.descriptor.setOption(internet, IP_TTL, 255)
    // Never fragmented, and never held to a path MTU that was learnt before.
    try socket.descriptor.setOption(internet, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
    try checked(
      clinux_bind_internet(socket.descriptor.rawValue, local.rawValue, 0),
      "bind a UDP socket to \(local)")
    return socket
  }

  package func connect(to peer: IPv4Address, port: UInt16) throws(KernelError) {
    try checked(
      clinux_connect_internet(descriptor.rawValue, peer.rawValue, port),
      "connect a UDP socket to \(peer) port \(port)")
  }

  package func localPort() throws(KernelError) -> UInt16 { try descriptor.localPort() }

  private static let internet = Int32(IPPROTO_IP)

  package var descriptorNumber: Int32 { descriptor.rawValue }

  /// Sends on the connected socket `descriptor`, once more when what is reported is the fate of an
  /// earlier packet; whether the kernel took it.
  @discardableResult
  package static func send(_ bytes: UnsafeRawBufferPointer, on descriptor: Int32) -> Bool {
    for _ in 0..<2 where Glibc.send(descriptor, bytes.baseAddress, bytes.count, 0) >= 0 {
      return true
    }
    return false
  }
}
