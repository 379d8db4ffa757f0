import Foundation
import LinuxNet
import Packets
import Reports
import Synchronization

/// The two output streams: results on stdout, everything else on stderr. While something is measured
/// nobody waits for who reads them.
enum Console {
  private static let output = OutputQueue(STDOUT_FILENO, refuse: refuseOutput)
  private static let errors = OutputQueue(STDERR_FILENO) { _ in }
  private static let state = Mutex(State())

  private struct State {
    var isMeasuring = false
    /// Why nobody takes results any longer (errno).
    var refusal: Int32?
  }

  /// Runs `body`, during which text is taken as it comes; it is all written when this returns. Where nobody takes
  /// results any longer it is interrupted, to put in order what it has.
  static func measuring<Result>(_ body: () throws -> Result) rethrows -> Result {
    state.withLock { $0.isMeasuring = true }
    defer {
      output.finish()
      errors.finish()
      state.withLock { $0.isMeasuring = false }
    }
    return try body()
  }

  /// Ends the program where nobody took results.
  static func endIfRefused() { if let code = state.withLock({ $0.refusal }) { end(code) } }

  /// Whether what is shown on stderr is not read.
  static var isBehind: Bool { errors.isBehind }

  /// Whatever names of files, machines or users are in it.
  static func print(_ text: String) { print(styled: text.printable) }

  /// What was made for this output, colours and all.
  static func print(styled text: String) { add(Array((text + "\n").utf8), to: output) }

  /// A line of a log, broken between words where the terminal is narrow.
  static func tell(_ line: String) { print(styled: outputStyle.wrapped(line)) }

  static func complain(_ text: String) {
    let lines = text.split(separator: "\n").map { "vipjuggler: \($0)" }
    progress(styled: progressStyle.wrapped(lines.joined(separator: "\n")) + "\n")
  }

  static func progress(_ text: String) { progress(styled: text.printable) }

  static func progress(styled text: String) { add(Array(text.utf8), to: errors) }

  private static func add(_ bytes: [UInt8], to queue: OutputQueue) {
    if state.withLock({ $0.isMeasuring }) {
      queue.add(bytes, isBounded: true)
    } else {
      queue.write(bytes)
    }
  }

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
  private static func refuseOutput(_ code: Int32) {
    let (isMeasuring, isKnown) = state.withLock { state in
      defer { state.refusal = code }
      return (state.isMeasuring, state.refusal != nil)
    }
    guard isMeasuring else { return end(code) }
    if !isKnown { kill(getpid(), SIGINT) }
  }

  private static func end(_ code: Int32) {
    if code == EPIPE {
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    _ = write(
      Array("vipjuggler: standard output: \(String(cString: strerror(code)))\n".utf8),
      to: STDERR_FILENO)
    exit(1)
  }

  /// Passes on what the lab kernel printed, all of it.
  static func relayOutput(_ bytes: [UInt8]) { output.add(bytes, isBounded: false) }

  static func relayErrors(_ bytes: [UInt8]) { errors.add(bytes, isBounded: false) }

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
