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
      try file.use { (file) throws(KernelError) in
        try FileReplacement.write(bytes, to: file, new)
        guard let status else { return }
        if status.st_uid != geteuid() || status.st_gid != getegid() {
          try checkedCall("chown \(new)") { Int(fchown(file, status.st_uid, status.st_gid)) }
        }
        try checkedCall("chmod \(new)") { Int(fchmod(file, status.st_mode & 0o7777)) }
      }
    } catch {
      if error.code != EEXIST { unlink(new) }
      throw error
    }
    (self.path, self.new) = (path, new)
  }

  private static func write(
    _ bytes: [UInt8], to file: Int32, _ name: String
  ) throws(KernelError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = try checkedCall("write \(name)") {
        rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      }
      rest = rest.dropFirst(count)
    }
    try checkedCall("write \(name)") { Int(fsync(file)) }
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
