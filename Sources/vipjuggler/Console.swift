import Glibc

/// The two output streams: results on stdout, everything else on stderr.
enum Console {
  static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  static func complain(_ text: String) {
    write(text.split(separator: "\n").map { "vipjuggler: \($0)\n" }.joined(), to: STDERR_FILENO)
  }

  static func progress(_ text: String) { write(text, to: STDERR_FILENO) }

  static let progressIsTerminal = isatty(STDERR_FILENO) == 1

  /// Writes all of `text`, or what the reader still takes: one that has gone is no error here.
  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
