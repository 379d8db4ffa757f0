/// Cuts what comes in by a stream into lines.
package struct LineReader {
  private var pending: [UInt8] = []
  /// Longer than any message: 64 MiB of frames, as text.
  private static let longest = 128 << 20

  package init() {}

  /// A line that never ends.
  package struct TooLong: Error, CustomStringConvertible {
    package let description = "a line is longer than \(LineReader.longest) bytes"
  }

  /// The lines that `bytes` complete, without their ends.
  package mutating func take(_ bytes: [UInt8]) throws(TooLong) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(pending + rest[..<end])
      pending = []
      rest = rest[(end + 1)...]
    }
    pending += rest
    guard pending.count <= LineReader.longest else { throw TooLong() }
    return lines
  }
}
