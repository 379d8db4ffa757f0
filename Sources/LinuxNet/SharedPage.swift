import Glibc

/// A short text in a file of its owner's, which one process at a time reads and changes: locked (flock(2)) while this
/// is there. It is written in one piece and in its place, and filled up with blanks: who is killed meanwhile leaves
/// the one text or the other, and a file system that fills up has room for it already.
package final class SharedPage {
  private let path: String
  private let descriptor: Descriptor
  /// What it holds, with the blanks.
  package private(set) var text = ""

  private static let size = 4096

  /// Makes the file where there is none; waits for who has it.
  package init(_ path: String) throws(KernelError) {
    self.path = path
    descriptor = Descriptor(
      Int32(
        try checkedCall("open \(path)") {
          Int(open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600))
        }))
    while flock(descriptor.rawValue, LOCK_EX) < 0, errno == EINTR {}
    var bytes = [UInt8](repeating: 0, count: 16 * SharedPage.size)
    let count = try checkedCall("read \(path)") {
      pread(descriptor.rawValue, &bytes, bytes.count, 0)
    }
    text = String(decoding: bytes[..<count], as: UTF8.self)
  }

  package func write(_ text: String) throws(KernelError) {
    var bytes = Array(text.utf8)
    let pages = max(bytes.count, self.text.utf8.count, 1) + SharedPage.size - 1
    bytes += [UInt8](
      repeating: UInt8(ascii: " "), count: pages / SharedPage.size * SharedPage.size - bytes.count)
    let count = try checkedCall("write \(path)") {
      pwrite(descriptor.rawValue, bytes, bytes.count, 0)
    }
    guard count == bytes.count else { throw KernelError("write \(path)", code: ENOSPC) }
    self.text = text
  }
}
