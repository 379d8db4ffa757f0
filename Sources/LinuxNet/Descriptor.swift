import CLinux
import Glibc

/// A file descriptor, closed when its last owner goes.
package final class Descriptor: Sendable {
  package let rawValue: Int32

  init(_ rawValue: Int32) { self.rawValue = rawValue }

  deinit { close(rawValue) }
}

extension Descriptor {
  enum SocketType {
    case raw
    case datagram
  }

  /// socket(2), closed on exec and never waiting; `purpose` names it in an error.
  static func socket(
    _ family: Int32, _ type: SocketType, protocol: Int32, purpose: String
  ) throws(KernelError) -> Descriptor {
    let kind = type == .raw ? SOCK_RAW : SOCK_DGRAM
    let flags = Int32(bitPattern: kind.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    return Descriptor(
      Int32(try checkedCall(purpose) { Int(Glibc.socket(family, flags, `protocol`)) }))
  }

  func setOption(_ level: Int32, _ option: Int32, _ value: Int32 = 1) throws(KernelError) {
    try checked(
      clinux_set_option(rawValue, level, option, value), "set socket option \(level)/\(option)")
  }
}
