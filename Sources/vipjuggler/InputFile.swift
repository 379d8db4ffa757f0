import ArgumentParser
import Foundation

/// A file that a command reads.
enum InputFile {
  static func read(_ path: String) throws -> Data {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard !isFolder.boolValue, let data = FileManager.default.contents(atPath: path) else {
      let code = isFolder.boolValue ? EISDIR : exists ? EACCES : ENOENT
      let reason = String(cString: strerror(code))
      throw Failure(message: "\(path): cannot be read: \(reason)", code: .badInput)
    }
    return data
  }
}
