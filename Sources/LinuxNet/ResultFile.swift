import Glibc

/// Where somebody wants results to go: a file, which gets them as a whole or not at all, or a pipe or
/// device, which is written to as it is. What other users have put into a folder of everybody's is refused,
/// as a careful kernel does (proc_sys_fs(5), `protected_symlinks`, `protected_regular`).
package struct ResultFile {
  /// Where links lead.
  private let path: String
  /// `nil` where there is no file yet.
  private let status: stat?

  /// Looks whether it can be written; nothing is changed.
  package init(_ path: String) throws(KernelError) {
    guard !path.isEmpty else { throw KernelError("write", code: ENOENT) }
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      var link = stat()
      if code == ENOENT, lstat(path, &link) == 0 {
        throw KernelError(
          "write \(path)", code: code, detail: "it is a symbolic link that leads nowhere")
      }
      guard code == ENOENT, !path.hasSuffix("/") else {
        throw KernelError("write \(path)", code: code)
      }
      try ResultFile.checkFolder(of: path)
      (self.path, self.status) = (path, nil)
      return
    }
    try ResultFile.checkOwner(of: path)
    self.status = status
    guard status.st_mode & S_IFMT == S_IFREG else {
      if status.st_mode & S_IFMT == S_IFDIR { throw KernelError("write \(path)", code: EISDIR) }
      try checkedCall("write \(path)") { Int(access(path, W_OK)) }
      self.path = path
      return
    }
    _ = try Descriptor.opening(path, O_WRONLY)
    guard let resolved = realpath(path, nil) else {
      throw KernelError("write \(path)", code: errno)
    }
    defer { free(resolved) }
    self.path = String(cString: resolved)
    try ResultFile.checkFolder(of: self.path)
    try ResultFile.checkOwner(of: self.path)
    guard geteuid() == 0 || status.st_uid == geteuid() else {
      throw KernelError(
        "write \(path)", code: EPERM,
        detail: "it is another user's, whose it would be no longer; name another, or remove it")
    }
  }

  private static func checkFolder(of path: String) throws(KernelError) {
    try checkedCall("write \(path)") { Int(access(folder(of: path), W_OK)) }
  }

  private static func folder(of path: String) -> String {
    let end = path.lastIndex(of: "/")
    return end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  private static func checkOwner(of path: String) throws(KernelError) {
    var (file, folder) = (stat(), stat())
    guard lstat(path, &file) == 0, stat(ResultFile.folder(of: path), &folder) == 0 else {
      throw KernelError("write \(path)", code: errno)
    }
    let everybodys = S_ISVTX | S_IWOTH
    guard folder.st_mode & everybodys == everybodys,
      ![geteuid(), folder.st_uid].contains(file.st_uid)
    else { return }
    throw KernelError(
      "write \(path)", code: EACCES, detail: "it is another user's, in a folder of everybody's")
  }

  package func write(_ bytes: [UInt8]) throws(KernelError) {
    if let status, status.st_mode & S_IFMT != S_IFREG {
      try Descriptor.opening(path, O_WRONLY).writeAll(bytes, "write \(path)")
    } else {
      try FileReplacement(of: path, with: bytes, like: status).take()
    }
  }
}
