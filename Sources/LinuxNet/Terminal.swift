import CLinux
import Glibc

/// A terminal that output goes to.
package enum Terminal {
  /// Its width in characters; `nil` when `descriptor` is no terminal, or one that does not say.
  package static func columns(of descriptor: Int32) -> Int? {
    let columns = clinux_terminal_columns(descriptor)
    return columns > 0 ? Int(columns) : nil
  }
}
