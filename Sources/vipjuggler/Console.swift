import Foundation
import LinuxNet
import Reports

/// The two output streams: results on stdout, everything else on stderr.
enum Console {
  static func print(_ text: String) { writeOutput(Array((text + "\n").utf8)) }

  static func complain(_ text: String) {
    progress(text.split(separator: "\n").map { "vipjuggler: \($0)\n" }.joined())
  }

  static func progress(_ text: String) { writeErrors(Array(text.utf8)) }

  /// What the two streams can show. In the lab kernel every stream is a terminal line, and the
  /// machine outside says by this variable what is behind it.
  static var outputStyle: TextStyle { style(of: STDOUT_FILENO) }
  static var progressStyle: TextStyle { style(of: STDERR_FILENO) }
  static let widthsVariable = "VIPJUGGLER_WIDTHS"

  /// For the lab kernel: the width of standard output's terminal and of standard error's, 0 for
  /// none.
  static var widths: String {
    [outputStyle, progressStyle].map { "\($0.width ?? 0)" }.joined(separator: " ")
  }

  private static func style(of descriptor: Int32) -> TextStyle {
    let environment = ProcessInfo.processInfo.environment
    let width: Int?
    if let widths = environment[widthsVariable] {
      let numbers = widths.split(separator: " ").compactMap { Int($0) }
      let position = Int(descriptor - STDOUT_FILENO)
      width = numbers.indices.contains(position) && numbers[position] > 0 ? numbers[position] : nil
    } else {
      width = isatty(descriptor) == 1 ? Terminal.columns(of: descriptor) ?? usualWidth : nil
    }
    // no-color.org: any value but an empty one.
    let isPlain = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let canMove = width != nil && environment["TERM"] != "dumb"
    return TextStyle(width: width, isColoured: canMove && !isPlain, canMove: canMove)
  }

  /// As it is now: a terminal's user may change it.
  static var progressWidth: Int? { progressStyle.width }

  private static let usualWidth = 80

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
