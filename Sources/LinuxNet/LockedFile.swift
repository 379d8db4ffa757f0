import Glibc

/// A file of lines that those who have it open hold locked together, a child that was given it among
/// them (flock(2)): the lock goes with the last of them.
package final class LockedFile: Sendable {
  package let path: String
  package let descriptor: Descriptor

  /// Makes the file, for its owner alone; EEXIST where there is one.
  package init(making path: String) throws(KernelError) {
    let descriptor = Descriptor(
      Int32(
        try checkedCall("make \(path)") {
          Int(open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600))
        }))
    try checkedCall("lock \(path)") { Int(flock(descriptor.rawValue, LOCK_EX | LOCK_NB)) }
    self.path = path
    self.descriptor = descriptor
  }

  /// Opens one that is there; EAGAIN where somebody has it.
  package init(existing path: String) throws(KernelError) {
    let descriptor = try Descriptor.opening(path, O_RDWR | O_APPEND | O_NOFOLLOW)
    try checkedCall("lock \(path)") { Int(flock(descriptor.rawValue, LOCK_EX | LOCK_NB)) }
    self.path = path
    self.descriptor = descriptor
  }

  package func append(_ bytes: [UInt8]) throws(KernelError) {
    try descriptor.writeAll(bytes, "write \(path)")
  }

  package func remove() { unlink(path) }
}
