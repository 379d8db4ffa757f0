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
    let replacement = try FileReplacement(of: path, with: bytes, like: status)
    guard isUnchanged else {
      replacement.drop()
      return false
    }
    try replacement.take()
    return true
  }

  private var isUnchanged: Bool {
    var now = stat()
    return lstat(path, &now) == 0 && now.st_ino == status.st_ino && now.st_dev == status.st_dev
      && now.st_size == status.st_size && now.st_mtim.tv_sec == status.st_mtim.tv_sec
      && now.st_mtim.tv_nsec == status.st_mtim.tv_nsec
  }
}
