import Glibc
import Packets

/// What somebody gives the name of to be read whole: a file, a pipe, or a terminal.
package enum NamedFile {
  /// All of it, where that is no more than `most` bytes; standard input without a name. A pipe is waited
  /// for as long as somebody has it open to write.
  package static func read(_ path: String?, upTo most: Int) throws(KernelError) -> [UInt8] {
    let name = path ?? "standard input"
    let descriptor = try open(path)
    return try descriptor.use { (file) throws(KernelError) in
      var status = stat()
      try checkedCall("look at \(name)") { Int(fstat(file, &status)) }
      try check(status, file, name)
      // Of a pipe by name: whether somebody has it open to write, or had.
      var isOpened = path == nil || status.st_mode & S_IFMT != S_IFIFO
      var isPatient = true
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = Glibc.read(file, &buffer, buffer.count)
        switch (count, errno) {
        case (1..., _):
          isOpened = true
          bytes += buffer[..<count]
          guard bytes.count <= most else {
            throw KernelError(
              "read \(name)", code: EFBIG, detail: "it is longer than \(most) bytes")
          }
        case (0, _) where isOpened: return bytes
        case (0, _) where isPatient:
          isPatient = false
          isOpened = descriptor.isReadable(within: patience)
        case (0, _):
          throw KernelError("read \(name)", code: ENXIO, detail: "nobody writes to this pipe")
        case (_, EAGAIN):
          isOpened = true
          _ = descriptor.isReadable(within: .seconds(3_600))
        case (_, EINTR): continue
        case (_, let code): throw KernelError("read \(name)", code: code)
        }
      }
    }
  }

  /// Who starts a reader before its writer is waited for so long.
  private static let patience = TimeSpan.seconds(1)

  private static func open(_ path: String?) throws(KernelError) -> Descriptor {
    guard let path else {
      return Descriptor(Int32(try checkedCall("open standard input") { Int(dup(STDIN_FILENO)) }))
    }
    return try .opening(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
  }

  private static func check(
    _ status: stat, _ file: Int32, _ name: String
  ) throws(KernelError) {
    switch status.st_mode & S_IFMT {
    case S_IFREG, S_IFIFO, S_IFSOCK: return
    case S_IFDIR: throw KernelError("read \(name)", code: EISDIR)
    case S_IFCHR where isatty(file) == 1: return
    default: throw KernelError("read \(name)", code: EINVAL, detail: "it is a device")
    }
  }
}
