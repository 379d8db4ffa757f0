import CLinux
import Glibc

/// A terminal.
package enum Terminal {
  /// In characters.
  package struct Size: Codable, Hashable, Sendable {
    package var rows: UInt16
    package var columns: UInt16
  }

  /// Its width in characters; `nil` when `descriptor` is no terminal, or one that does not say.
  package static func columns(of descriptor: Int32) -> Int? {
    guard let size = size(of: descriptor), size.columns > 0 else { return nil }
    return Int(size.columns)
  }

  /// `nil` when `descriptor` is no terminal.
  package static func size(of descriptor: Int32) -> Size? {
    var size = Size(rows: 0, columns: 0)
    return clinux_terminal_size(descriptor, &size.rows, &size.columns) < 0 ? nil : size
  }

  /// Tells the programs at a pseudoterminal that it has another size.
  package static func resize(_ master: StreamEnd, to size: Size) {
    clinux_set_terminal_size(master.descriptor.rawValue, size.rows, size.columns)
  }

  /// A pseudoterminal (pty(7)): what works it, and what a program has for its terminal.
  package static func pair() throws(KernelError) -> (master: StreamEnd, line: StreamEnd) {
    var line: Int32 = -1
    let master = try checked(clinux_open_terminal(&line), "open a pseudoterminal")
    return (StreamEnd(Descriptor(master)), StreamEnd(Descriptor(line)))
  }

  /// Runs `body` while the terminal passes bytes on as they are.
  package static func raw<Result>(
    _ descriptor: Int32, _ body: () throws -> Result
  ) rethrows -> Result {
    var settings = termios()
    guard tcgetattr(descriptor, &settings) == 0 else { return try body() }
    clinux_make_raw(descriptor)
    defer { tcsetattr(descriptor, TCSADRAIN, &settings) }
    return try body()
  }
}
