import CLinux
import Glibc
package import Packets

/// A pipe(2).
package struct PipePair: Sendable {
  package let reading: StreamEnd
  package let writing: StreamEnd

  package init() throws(KernelError) {
    var ends: [Int32] = [0, 0]
    try checkedCall("make a pipe") { Int(pipe(&ends)) }
    reading = StreamEnd(Descriptor(ends[0]))
    writing = StreamEnd(Descriptor(ends[1]))
  }
}

/// An open file, terminal or end of a pipe.
package final class StreamEnd: Sendable {
  package let descriptor: Descriptor

  init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// A terminal line, passing bytes on as they are.
  package static func rawTerminal(_ path: String) throws(KernelError) -> StreamEnd {
    let terminal = try Descriptor.opening(path, O_RDWR | O_NOCTTY)
    try terminal.use { (terminal) throws(KernelError) in
      try checked(clinux_make_raw(terminal), "set up \(path)")
    }
    return StreamEnd(terminal)
  }

  /// A descriptor that this process was started with.
  package static func standard(_ number: Int32) throws(KernelError) -> StreamEnd {
    StreamEnd(
      Descriptor(
        Int32(
          try checkedCall("keep descriptor \(number)") {
            Int(fcntl(number, F_DUPFD_CLOEXEC, 3))
          })))
  }

  /// Keeps the numbers of standard input, output and error from what is opened later, where this
  /// process was started without one of them: using it fails as it would have.
  package static func keepStandardNumbers() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  package static func null() throws(KernelError) -> StreamEnd {
    StreamEnd(try .opening("/dev/null", O_RDWR))
  }

  /// What can be read at once, after waiting for it; empty at the end.
  package func read(atMost room: Int = 64 * 1024) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: room)
    while true {
      let count = Glibc.read(descriptor.rawValue, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      return Array(buffer[..<max(0, count)])
    }
  }

  package func isReadable(within timeout: TimeSpan) -> Bool {
    descriptor.isReadable(within: timeout)
  }

  /// Writes all of `bytes`, or as much as is still taken; whether it was all.
  @discardableResult
  package func write(_ bytes: [UInt8]) -> Bool { (try? writeAll(bytes, to: "a stream")) != nil }

  /// Writes all of `bytes` to what an error is to call `name`. A reader that has gone is one, `EPIPE`, and
  /// raises no SIGPIPE.
  package func writeAll(_ bytes: [UInt8], to name: String) throws(KernelError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        clinux_write(descriptor.rawValue, $0.baseAddress, $0.count)
      }
      if count == -Int(EINTR) { continue }
      guard count > 0 else { throw KernelError("write \(name)", code: Int32(-count)) }
      rest = rest.dropFirst(count)
    }
  }

  /// Waits until what was written to a terminal has left.
  package func drain() { clinux_drain(descriptor.rawValue) }
}
