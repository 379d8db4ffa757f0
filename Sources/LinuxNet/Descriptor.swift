import CLinux
import Glibc
package import Packets

/// A file descriptor, closed when its last owner goes. Its number is known to this module alone.
package final class Descriptor: Sendable {
  let rawValue: Int32

  init(_ rawValue: Int32) { self.rawValue = rawValue }

  deinit { close(rawValue) }

  /// Calls `body` with the number, and keeps the descriptor open until it returns: the compiler
  /// ends the life of a local variable after its last use, before a call that uses its number.
  @discardableResult
  func use<Result, Failure>(
    _ body: (Int32) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(rawValue)
  }

  /// write(2) until all of `bytes` is written.
  func writeAll(_ bytes: [UInt8], _ purpose: @autoclosure () -> String) throws(KernelError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = try checkedCall(purpose()) {
        rest.withUnsafeBytes { write(rawValue, $0.baseAddress, $0.count) }
      }
      rest = rest.dropFirst(count)
    }
  }

  /// open(2), closed on exec.
  static func opening(_ path: String, _ flags: Int32) throws(KernelError) -> Descriptor {
    Descriptor(Int32(try checkedCall("open \(path)") { Int(open(path, flags | O_CLOEXEC)) }))
  }
}

extension Descriptor {
  enum SocketType {
    case raw
    case datagram
    case stream

    fileprivate var constant: __socket_type {
      switch self {
      case .raw: SOCK_RAW
      case .datagram: SOCK_DGRAM
      case .stream: SOCK_STREAM
      }
    }
  }

  /// socket(2), closed on exec and never waiting; `purpose` names it in an error.
  static func socket(
    _ family: Int32, _ type: SocketType, protocol: Int32, purpose: String
  ) throws(KernelError) -> Descriptor {
    let flags = Int32(
      bitPattern: type.constant.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    return Descriptor(
      Int32(try checkedCall(purpose) { Int(Glibc.socket(family, flags, `protocol`)) }))
  }

  func setOption(_ level: Int32, _ option: Int32, _ value: Int32 = 1) throws(KernelError) {
    try checked(
      clinux_set_option(rawValue, level, option, value), "set socket option \(level)/\(option)")
  }

  /// Holds a socket to one interface (`SO_BINDTODEVICE`).
  func bind(toDevice name: String) throws(KernelError) {
    try checked(clinux_bind_to_device(rawValue, name), "bind a socket to the interface \(name)")
  }

  /// The port that an internet socket is bound to.
  package func localPort() throws(KernelError) -> UInt16 {
    UInt16(try checked(clinux_local_port(rawValue), "ask for a socket's port"))
  }

  /// Room for what comes in while the program is held up, and for what the kernel cannot send yet: what waits for
  /// one neighbour to be resolved is to hold up no other. Without the right to exceed the system's limits as
  /// much as those allow, which is twice what they say (socket(7)).
  func widenBuffers() {
    let options = [(SO_RCVBUFFORCE, SO_RCVBUF), (SO_SNDBUFFORCE, SO_SNDBUF)]
    for (forced, limited) in options
    where clinux_set_option(rawValue, SOL_SOCKET, forced, Descriptor.buffer) < 0 {
      clinux_set_option(rawValue, SOL_SOCKET, limited, Descriptor.buffer)
    }
  }

  /// A second of a thousand probes a second from each of a few dozen nodes.
  private static let buffer: Int32 = 8 << 20

  /// Waits until something can be read, or the other end is closed; whether that came within `timeout`.
  package func isReadable(within timeout: TimeSpan) -> Bool {
    var watched = pollfd(fd: rawValue, events: Int16(POLLIN), revents: 0)
    let milliseconds = min(max(0, timeout.nanoseconds / 1_000_000), Int64(Int32.max))
    return poll(&watched, 1, Int32(milliseconds)) > 0
  }

  /// How many packets the socket has dropped for want of room (`SK_MEMINFO_DROPS`).
  package var drops: UInt32 { clinux_socket_drops(rawValue) }
}
