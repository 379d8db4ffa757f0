import Glibc

/// What is put in a file's place as a whole, or not at all.
struct FileReplacement: ~Copyable {
  private let path: String
  private let new: String

  /// Writes `bytes` beside the file at `path`, as `status` says of it; `nil` where there is none.
  init(of path: String, with bytes: [UInt8], like status: stat?) throws(KernelError) {
    let new = "\(path).vipjuggler-\(getpid())"
    do {
      let mode: mode_t = status == nil ? 0o666 : 0o600
      let file = Descriptor(
        Int32(
          try checkedCall("make \(new)") {
            Int(open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode))
          }))
      try file.writeAll(bytes, "write \(new)")
      try file.use { (file) throws(KernelError) in
        try checkedCall("write \(new)") { Int(fsync(file)) }
        guard let status else { return }
        // A group that its owner is no member of is left to who may set it.
        let isGroupKept = fchown(file, status.st_uid, status.st_gid) == 0
        if !isGroupKept, status.st_uid != geteuid() {
          throw KernelError("chown \(new)", code: errno)
        }
        try checkedCall("chmod \(new)") { Int(fchmod(file, status.st_mode & 0o7777)) }
      }
    } catch {
      if error.code != EEXIST { unlink(new) }
      throw error
    }
    (self.path, self.new) = (path, new)
  }

  consuming func take() throws(KernelError) {
    guard rename(new, path) == 0 else {
      let code = errno
      unlink(new)
      throw KernelError(
        "replace \(path)", code: code,
        detail: code == EBUSY ? "it is a mount of its own, as a container's is" : nil)
    }
  }

  consuming func drop() { unlink(new) }
}
