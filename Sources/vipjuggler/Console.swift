import Foundation

/// The two output streams: results on stdout, everything else on stderr.
enum Console {
  static func print(_ text: String) { writeOutput(Array((text + "\n").utf8)) }

  static func complain(_ text: String) {
    progress(text.split(separator: "\n").map { "vipjuggler: \($0)\n" }.joined())
  }

  static func progress(_ text: String) { writeErrors(Array(text.utf8)) }

  /// Whether progress goes to a terminal. In the lab kernel every stream is a terminal line, and
  /// the machine outside says by this variable what is behind it.
  static let progressIsTerminal =
    ProcessInfo.processInfo.environment[liveVariable].map { $0 == "1" }
    ?? (isatty(STDERR_FILENO) == 1)
  static let liveVariable = "VIPJUGGLER_LIVE"

  /// Results that cannot be written end the program, as they end others: a reader that has gone by
  /// SIGPIPE, anything else by an error.
  static func writeOutput(_ bytes: [UInt8]) {
    guard let code = write(bytes, to: STDOUT_FILENO) else { return }
    if code == EPIPE {
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    complain("standard output: \(String(cString: strerror(code)))")
    exit(1)
  }

  static func writeErrors(_ bytes: [UInt8]) { _ = write(bytes, to: STDERR_FILENO) }

  /// Writes all of `bytes`; the `errno` where that fails.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return errno }
      rest = rest.dropFirst(count)
    }
    return nil
  }
}
