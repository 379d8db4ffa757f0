import ArgumentParser
import Foundation
import LinuxNet

/// A file that results are written to at the end of a run, checked at its beginning.
struct OutputFile {
  private let path: String
  /// What stands for standard output.
  static let standard = "-"

  init(_ path: String) throws {
    self.path = path
    guard path != OutputFile.standard else { return }
    do {
      _ = try ResultFile(path)
    } catch {
      throw OutputFile.refusal(path, error.reason)
    }
  }

  /// Whether two names are those of one file.
  static func areSame(_ first: String, _ second: String) -> Bool {
    let paths = [first, second].map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    return paths[0] == paths[1] && paths[0] != "/dev/null"
  }

  /// Writes all of `data`.
  func write(_ data: Data) throws {
    if path == OutputFile.standard {
      let text = String(decoding: data, as: UTF8.self)
      return Console.print(styled: text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }
    do {
      try ResultFile(path).write(Array(data))
    } catch {
      throw OutputFile.refusal(path, error.reason)
    }
  }

  static func refusal(_ path: String, _ reason: String) -> Failure {
    Failure(message: "\(path): cannot be written: \(reason)", code: .failure)
  }

  static func refusal(_ path: String, _ code: Int32) -> Failure {
    refusal(path, String(cString: strerror(code)))
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
