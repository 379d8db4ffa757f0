import ArgumentParser
import Foundation

/// A file that results are written to at the end of a run, checked at its beginning.
struct OutputFile {
  private let path: String
  /// What stands for standard output.
  static let standard = "-"
  private let isStandard: Bool
  /// A terminal, pipe or device: written to as it is, never replaced.
  private let isSpecial: Bool

  init(_ path: String) throws {
    isStandard = path == OutputFile.standard
    guard !isStandard else {
      (self.path, isSpecial) = (path, true)
      return
    }
    // A link leads to the file that is meant.
    self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    var status = stat()
    let exists = stat(self.path, &status) == 0
    let kind = status.st_mode & S_IFMT
    isSpecial = exists && kind != S_IFREG
    if path.isEmpty { throw OutputFile.refusal(path, ENOENT) }
    if exists && kind == S_IFDIR { throw OutputFile.refusal(path, EISDIR) }
    let folder = URL(fileURLWithPath: self.path).deletingLastPathComponent().path
    let target = exists ? self.path : folder
    if access(target, W_OK) != 0 { throw OutputFile.refusal(path, errno) }
  }

  /// Whether two names are those of one file.
  static func areSame(_ first: String, _ second: String) -> Bool {
    let paths = [first, second].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    return paths[0] == paths[1] && paths[0] != "/dev/null"
  }

  /// Writes all of `data`; a regular file gets it as a whole or not at all and keeps its mode.
  func write(_ data: Data) throws {
    if isStandard {
      let text = String(decoding: data, as: UTF8.self)
      return Console.print(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
    if !isSpecial {
      do {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        if let mode = attributes?[.posixPermissions] {
          try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        }
      } catch {
        throw OutputFile.refusal(path, (error as NSError).posixCode)
      }
      return
    }
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw OutputFile.refusal(path, errno) }
    defer { close(file) }
    if let code = Console.write(Array(data), to: file) { throw OutputFile.refusal(path, code) }
  }

  static func refusal(_ path: String, _ code: Int32) -> Failure {
    Failure(
      message: "\(path): cannot be written: \(String(cString: strerror(code)))", code: .failure)
  }
}

extension NSError {
  /// The `errno` at the bottom of a Foundation error.
  var posixCode: Int32 {
    if domain == NSPOSIXErrorDomain { return Int32(code) }
    let underlying = userInfo[NSUnderlyingErrorKey] as? NSError
    if let underlying { return underlying.posixCode }
    return switch code {
    case NSFileWriteOutOfSpaceError: ENOSPC
    case NSFileWriteNoPermissionError: EACCES
    case NSFileWriteFileExistsError: ENOTDIR
    default: EIO
    }
  }
}
