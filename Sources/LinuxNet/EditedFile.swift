import Glibc

/// A file that somebody else's programs read while it is edited: they find it as it was, or as it is then.
package struct EditedFile {
  /// Where a symbolic link leads.
  package let path: String
  package let bytes: [UInt8]
  private let status: stat

  /// Reads it; a file, of 64 MiB at most.
  package init(_ path: String) throws(KernelError) {
    guard let resolved = realpath(path, nil) else {
      throw KernelError("open \(path)", code: errno)
    }
    defer { free(resolved) }
    self.path = String(cString: resolved)
    // A pipe is not waited for.
    let file = try Descriptor.opening(self.path, O_RDONLY | O_NONBLOCK)
    (bytes, status) = try file.use { (file) throws(KernelError) in
      var status = stat()
      try checkedCall("look at \(path)") { Int(fstat(file, &status)) }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw KernelError("edit \(path)", code: EINVAL, detail: "it is no regular file")
      }
      guard status.st_size <= EditedFile.longest else {
        throw KernelError("edit \(path)", code: EFBIG)
      }
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = try checkedCall("read \(path)") { Glibc.read(file, &buffer, buffer.count) }
        if count == 0 { return (bytes, status) }
        bytes += buffer[..<count]
      }
    }
  }

  private static let longest = 64 << 20

  /// Puts `bytes` in its place, with its mode and owner. `false` where somebody has changed it meanwhile:
  /// then nothing has been done.
  package func replace(with bytes: [UInt8]) throws(KernelError) -> Bool {
    let new = "\(path).vipjuggler-\(getpid())"
    do {
      let file = Descriptor(
        Int32(
          try checkedCall("make \(new)") {
            Int(open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600))
          }))
      try file.use { (file) throws(KernelError) in
        var rest = bytes[...]
        while !rest.isEmpty {
          let count = try checkedCall("write \(new)") {
            rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
          }
          rest = rest.dropFirst(count)
        }
        if status.st_uid != geteuid() || status.st_gid != getegid() {
          try checkedCall("chown \(new)") { Int(fchown(file, status.st_uid, status.st_gid)) }
        }
        try checkedCall("chmod \(new)") { Int(fchmod(file, status.st_mode & 0o7777)) }
        try checkedCall("write \(new)") { Int(fsync(file)) }
      }
    } catch {
      if error.code != EEXIST { unlink(new) }
      throw error
    }
    guard isUnchanged else {
      unlink(new)
      return false
    }
    guard rename(new, path) == 0 else {
      let code = errno
      unlink(new)
      throw KernelError(
        "replace \(path)", code: code,
        detail: code == EBUSY ? "it is a mount of its own, as a container's is" : nil)
    }
    return true
  }

  private var isUnchanged: Bool {
    var now = stat()
    return lstat(path, &now) == 0 && now.st_ino == status.st_ino && now.st_dev == status.st_dev
      && now.st_size == status.st_size && now.st_mtim.tv_sec == status.st_mtim.tv_sec
      && now.st_mtim.tv_nsec == status.st_mtim.tv_nsec
  }
}
