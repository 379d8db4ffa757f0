import Glibc
import SystemPackage

/// What the kernel refused, and why.
package struct KernelError: Error, Hashable {
  /// What was being done, in the words of the command that does it by hand:
  /// `ip link add vxlan0 type vxlan`.
  package let operation: String
  /// A positive `errno`.
  package let code: Int32
  /// The extended-ACK text, the kernel's own words beyond the code.
  package let detail: String?

  package init(_ operation: String, code: Int32, detail: String? = nil) {
    self.operation = operation
    self.code = code
    self.detail = detail
  }
}

extension KernelError: CustomStringConvertible {
  package var description: String {
    detail.map { "\(operation): \(words) (\($0))" } ?? "\(operation): \(words)"
  }

  /// Why it failed, for who says himself what was being done.
  package var reason: String { detail ?? words }

  private var words: String { Errno(rawValue: code).description }
}

/// The one funnel for results that are a value or a negated `errno`.
@discardableResult
func checked(_ result: Int32, _ operation: @autoclosure () -> String) throws(KernelError) -> Int32 {
  guard result >= 0 else { throw KernelError(operation(), code: -result) }
  return result
}

/// The same for calls that return −1 and set `errno`; an interrupted call is made again.
@discardableResult
func checkedCall(
  _ operation: @autoclosure () -> String, _ call: () -> Int
) throws(KernelError) -> Int {
  while true {
    let result = call()
    if result >= 0 { return result }
    let code = errno
    if code != EINTR { throw KernelError(operation(), code: code) }
  }
}
