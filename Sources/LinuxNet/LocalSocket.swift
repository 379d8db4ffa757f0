import CLinux
import Glibc
package import Packets

/// A stream between processes of one machine under an abstract name: no file, gone with its owner
/// (unix(7)).
package final class LocalSocket: Sendable {
  package let descriptor: Descriptor

  private init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// What passes by it.
  package var stream: StreamEnd { StreamEnd(descriptor) }

  package static func listening(on name: String) throws(KernelError) -> LocalSocket {
    LocalSocket(
      Descriptor(try checked(clinux_listen_abstract(name), "listen on @\(name)")))
  }

  /// Who listens and takes nobody in is not waited for longer than `span`.
  package static func connected(
    to name: String, within span: TimeSpan = patience
  ) throws(KernelError) -> LocalSocket {
    let milliseconds = Int32(max(1, span.nanoseconds / 1_000_000))
    return LocalSocket(
      Descriptor(
        try checked(clinux_connect_abstract(name, milliseconds), "connect to @\(name)")))
  }

  /// How long either end waits for the other where nothing is measured.
  package static let patience = TimeSpan.seconds(2)

  /// Waits for the next caller.
  package func accept() throws(KernelError) -> LocalSocket {
    LocalSocket(
      Descriptor(try checked(clinux_accept(descriptor.rawValue), "accept a connection")))
  }

  /// The next caller, whoever did not come in before it; `nil` when nobody can come any longer.
  package func nextCaller() -> LocalSocket? {
    while true {
      do {
        return try accept()
      } catch {
        switch error.code {
        case EBADF, EINVAL, ENOTSOCK: return nil
        // No room for one more: somebody may leave.
        case EMFILE, ENFILE, ENOMEM, ENOBUFS: _ = poll(nil, 0, LocalSocket.pause)
        default: break
        }
      }
    }
  }

  private static let pause: Int32 = 50

  /// Whether the process at the other end is `user`'s, as the kernel knows it.
  package func isPeer(user: UInt32) -> Bool {
    guard let peer = try? peer(), peer.user == user else { return false }
    // To a user namespace all others are that one too; its signals reach its own user's alone.
    return user != LocalSocket.overflowUser || (peer.process > 0 && kill(peer.process, 0) == 0)
  }

  /// `/proc/sys/kernel/overflowuid` as every kernel has it: nobody's.
  private static let overflowUser: UInt32 = 65534

  /// The user and the process at the other end, as the kernel knows them.
  package func peer() throws(KernelError) -> (user: UInt32, process: Int32) {
    var (user, process) = (UInt32(0), Int32(0))
    try checked(clinux_peer(descriptor.rawValue, &user, &process), "ask for the peer")
    return (user, process)
  }

  /// Writes all of it to one who takes it.
  package func write(_ text: String) throws(KernelError) {
    let milliseconds = Int32(LocalSocket.patience.nanoseconds / 1_000_000)
    try checked(clinux_send_timeout(descriptor.rawValue, milliseconds), "write to a local socket")
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = try checkedCall("write to a local socket") {
        rest.withUnsafeBytes {
          send(descriptor.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Hands descriptors of this process over to the other end.
  package func hand(over numbers: [Int32]) throws(KernelError) {
    try checked(
      clinux_send_descriptors(descriptor.rawValue, numbers, Int32(numbers.count)),
      "hand descriptors over")
  }

  /// What the other end hands over within `span`.
  package func takeStreams(within span: TimeSpan) throws(KernelError) -> [StreamEnd] {
    guard descriptor.isReadable(within: span) else { return [] }
    var numbers = [Int32](repeating: -1, count: Int(CLINUX_MOST_DESCRIPTORS))
    let count = try checked(
      clinux_receive_descriptors(descriptor.rawValue, &numbers), "take descriptors")
    return numbers[..<Int(count)].map { StreamEnd(Descriptor($0)) }
  }

  /// Everything the other end writes until it closes; ETIMEDOUT where it says nothing for `span`.
  package func readToEnd(within span: TimeSpan? = nil) throws(KernelError) -> String {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      if let span, !descriptor.isReadable(within: span) {
        throw KernelError("read from a local socket", code: ETIMEDOUT)
      }
      let count = try checkedCall("read from a local socket") {
        recv(descriptor.rawValue, &buffer, buffer.count, 0)
      }
      if count == 0 { return String(decoding: text, as: UTF8.self) }
      text += buffer[..<count]
    }
  }

  /// The names under which sockets listen whose names begin with `prefix`.
  package static func names(beginningWith prefix: String) throws(KernelError) -> [String] {
    let table = try FileSystem.read("/proc/net/unix")
    let names = table.split(separator: "\n").compactMap { line in
      line.split(separator: " ").last { $0.hasPrefix("@" + prefix) }.map { String($0.dropFirst()) }
    }
    return Set(names).sorted()
  }
}
