import CLinux
import Glibc
package import Packets
import SystemPackage

/// A UDP socket held to one interface, with the kernel's timestamps on what it receives.
package final class UDPSocket {
  package let descriptor: Descriptor
  private let family: IPFamily

  /// Held to one interface, or where `name` is `nil` to none.
  private init(interface name: String?, family: IPFamily) throws(KernelError) {
    self.family = family
    descriptor = try .socket(
      family.constant, .datagram, protocol: 0, purpose: "open a UDP socket")
    if let name { try descriptor.bind(toDevice: name) }
    try descriptor.setOption(SOL_SOCKET, SO_TIMESTAMPNS)
    descriptor.widenBuffers()
  }

  /// A socket that hears what is sent to `address`, whether or not the node holds it yet, and answers
  /// from it. Opened in the namespace of the calling thread.
  package static func listening(
    at address: IPAddress, port: UInt16, interface name: String? = nil
  ) throws(KernelError) -> UDPSocket {
    let socket = try UDPSocket(interface: name, family: address.family)
    try socket.set(.init(IP_FREEBIND, IPV6_FREEBIND))
    try socket.set(.init(IP_RECVTTL, IPV6_RECVHOPLIMIT))
    try socket.bind(to: address, port: port)
    return socket
  }

  /// A socket that talks to one peer only, with the TTL of 255 that STAMP asks for (RFC 8762,
  /// section 4.2). Opened in the namespace of the calling thread.
  package static func connected(
    from local: IPAddress, to peer: IPAddress, port: UInt16, interface name: String
  ) throws(KernelError) -> UDPSocket {
    let socket = try bound(to: local, interface: name)
    try socket.connect(to: peer, port: port)
    return socket
  }

  /// One of two that talk to each other, each from the port that it listens at.
  package static func paired(
    from local: IPAddress, to peer: IPAddress, port: UInt16, interface name: String
  ) throws(KernelError) -> UDPSocket {
    let socket = try UDPSocket(interface: name, family: local.family)
    try socket.bind(to: local, port: port)
    try socket.connect(to: peer, port: port)
    return socket
  }

  /// The same, at a port that the kernel chooses, before its peer is known.
  package static func bound(
    to local: IPAddress, interface name: String
  ) throws(KernelError) -> UDPSocket {
    let socket = try UDPSocket(interface: name, family: local.family)
    try socket.set(.init(IP_TTL, IPV6_UNICAST_HOPS), to: 255)
    // Never fragmented, and never held to a path MTU that was learnt before.
    try socket.set(
      .init(IP_MTU_DISCOVER, IPV6_MTU_DISCOVER),
      to: local.family == .v4 ? IP_PMTUDISC_PROBE : IPV6_PMTUDISC_PROBE)
    if local.family == .v6 {
      try socket.descriptor.setOption(Int32(IPPROTO_IPV6), IPV6_DONTFRAG)
    }
    try socket.bind(to: local, port: 0)
    return socket
  }

  package func connect(to peer: IPAddress, port: UInt16) throws(KernelError) {
    try checked(
      peer.withName { clinux_connect_internet(descriptor.rawValue, $0, $1, port) },
      "connect a UDP socket to \(peer) port \(port)")
  }

  package func localPort() throws(KernelError) -> UInt16 { try descriptor.localPort() }

  private func bind(to address: IPAddress, port: UInt16) throws(KernelError) {
    try checked(
      address.withName { clinux_bind_internet(descriptor.rawValue, $0, $1, port) },
      "bind a UDP socket to \(address) port \(port)")
  }

  /// An option that both families have, under different numbers.
  private struct Option {
    let v4: Int32
    let v6: Int32

    init(_ v4: Int32, _ v6: Int32) {
      self.v4 = v4
      self.v6 = v6
    }
  }

  private func set(_ option: Option, to value: Int32 = 1) throws(KernelError) {
    switch family {
    case .v4: try descriptor.setOption(Int32(IPPROTO_IP), option.v4, value)
    case .v6: try descriptor.setOption(Int32(IPPROTO_IPV6), option.v6, value)
    }
  }

  /// Sends on a connected socket.
  @discardableResult
  package func send(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
    .sending(bytes, on: descriptor)
  }
}

/// What the kernel made of a packet that was to be sent.
package enum SendOutcome: Hashable, Sendable {
  case taken
  /// The path is to blame: no route, an interface that is down, a packet too large, a queue full of
  /// packets that wait for an address to be resolved.
  case refused(code: Int32)
  /// The machine is: no memory, no room in the neighbour table. A positive `errno`.
  case shortage(code: Int32)

  /// Sends a datagram on a connected socket, once more when what is reported is the fate of an earlier
  /// one.
  static func sending(
    _ bytes: UnsafeRawBufferPointer, on descriptor: Descriptor
  ) -> SendOutcome {
    for _ in 0..<2 where send(descriptor.rawValue, bytes.baseAddress, bytes.count, 0) >= 0 {
      return .taken
    }
    return SendOutcome(refusal: errno)
  }

  /// By the `errno` of a call that sent nothing.
  init(refusal code: Int32) {
    self = code == ENOBUFS || code == ENOMEM ? .shortage(code: code) : .refused(code: code)
  }

  /// What strerror(3) says of it, and what it means of a packet.
  package static func words(for code: Int32) -> String {
    let words = Errno(rawValue: code).description
    return code == EPERM ? "\(words), as by a firewall of the host's own" : words
  }
}
