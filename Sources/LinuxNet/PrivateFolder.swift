import Glibc

/// A folder that nobody but its owner may look into.
package enum PrivateFolder {
  /// Makes it where it is not there; refuses one that is another's, or a link.
  package static func make(_ path: String) throws(KernelError) {
    if mkdir(path, 0o700) < 0, errno != EEXIST {
      throw KernelError("make \(path)", code: errno)
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw KernelError("look at \(path)", code: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
      status.st_mode & 0o077 == 0
    else {
      throw KernelError("use \(path)", code: EPERM, detail: "it is not this user's alone")
    }
  }
}
