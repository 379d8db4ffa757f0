import CLinux
import Glibc
package import Packets

/// A TCP connection that is opened or taken in, used once and closed; nothing of it waits.
package final class Connection {
  package let descriptor: Descriptor

  /// How the attempt stands.
  package enum State: Hashable, Sendable {
    case pending
    case open
    /// An `errno`: refused, unreachable, reset.
    case failed(code: Int32)
  }

  /// What has been read.
  package enum Input: Hashable, Sendable {
    case bytes([UInt8])
    case nothingYet
    case end
    case failed(code: Int32)
  }

  /// Opens a socket, in the namespace of the calling thread; held to one interface where it is named.
  /// One that `isReset` ends with RST when it is let go of, and leaves no port waiting (RFC 9293,
  /// TIME-WAIT).
  package init(
    _ family: IPFamily, by interface: String? = nil, isReset: Bool
  ) throws(KernelError) {
    descriptor = try .socket(family.constant, .stream, protocol: 0, purpose: "open a TCP socket")
    try descriptor.setOption(Int32(IPPROTO_TCP), TCP_NODELAY)
    if isReset { descriptor.resetOnClose() }
    if let interface { try descriptor.bind(toDevice: interface) }
  }

  /// Begins to connect, from an address and port of this machine's where they are given.
  package func connect(
    to peer: IPAddress, port: UInt16, from local: (address: IPAddress, port: UInt16)? = nil
  ) throws(KernelError) {
    if let local {
      // Another connection from there may go elsewhere.
      try descriptor.setOption(SOL_SOCKET, SO_REUSEADDR)
      try checked(
        local.address.withName {
          clinux_bind_internet(descriptor.rawValue, $0, $1, local.port)
        }, "use port \(local.port)")
    }
    let code = peer.withName { clinux_connect_internet(descriptor.rawValue, $0, $1, port) }
    if code < 0 && code != -EINPROGRESS {
      throw KernelError("connect to \(peer) port \(port)", code: -code)
    }
  }

  /// One that was taken in.
  init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  package var state: State {
    let code = clinux_socket_error(descriptor.rawValue)
    guard code == 0 else { return .failed(code: abs(code)) }
    var watched = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
    return poll(&watched, 1, 0) > 0 ? .open : .pending
  }

  /// Segments of it that were sent again so far, its SYN among them (`tcpi_total_retrans`).
  package var retransmits: Int { Int(clinux_tcp_retransmits(descriptor.rawValue)) }

  /// Writes what fits at once; whether that was all.
  package func write(_ bytes: [UInt8]) -> Bool {
    send(descriptor.rawValue, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
  }

  package func read() -> Input {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor.rawValue, &buffer, buffer.count, 0)
    if count > 0 { return .bytes(Array(buffer[..<count])) }
    if count == 0 { return .end }
    return errno == EAGAIN || errno == EINTR ? .nothingYet : .failed(code: errno)
  }
}

extension Descriptor {
  fileprivate func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      rawValue, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }
}
