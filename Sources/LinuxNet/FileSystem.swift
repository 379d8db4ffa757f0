import Glibc

/// Short kernel files under /proc.
enum FileSystem {
  static func write(_ text: String, to path: String) throws(KernelError) {
    let file = try Descriptor.opening(path, O_WRONLY)
    let bytes = Array(text.utf8)
    try file.use { (file) throws(KernelError) in
      try checkedCall("write \(path)") { Glibc.write(file, bytes, bytes.count) }
    }
  }

  static func read(_ path: String) throws(KernelError) -> String {
    let file = try Descriptor.opening(path, O_RDONLY)
    return try file.use { (file) throws(KernelError) in
      var text: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = try checkedCall("read \(path)") { Glibc.read(file, &buffer, buffer.count) }
        if count == 0 { return String(decoding: text, as: UTF8.self) }
        text += buffer[..<count]
      }
    }
  }
}
