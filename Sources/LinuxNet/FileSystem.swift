import Glibc

/// Short kernel files under /proc.
enum FileSystem {
  static func write(_ text: String, to path: String) throws(KernelError) {
    let file = Descriptor(
      Int32(try checkedCall("open \(path)") { Int(open(path, O_WRONLY | O_CLOEXEC)) }))
    let bytes = Array(text.utf8)
    try checkedCall("write \(path)") { Glibc.write(file.rawValue, bytes, bytes.count) }
  }

  static func read(_ path: String) throws(KernelError) -> String {
    let file = Descriptor(
      Int32(try checkedCall("open \(path)") { Int(open(path, O_RDONLY | O_CLOEXEC)) }))
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = try checkedCall("read \(path)") {
        Glibc.read(file.rawValue, &buffer, buffer.count)
      }
      if count == 0 { return String(decoding: text, as: UTF8.self) }
      text += buffer[..<count]
    }
  }
}
