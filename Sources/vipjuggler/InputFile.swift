import ArgumentParser
import Foundation

/// A file, or pipe, that a command reads.
enum InputFile {
  /// Where it `takesDash`, `-` is standard input.
  static func read(_ path: String, takesDash: Bool = false) throws -> Data {
    let file =
      takesDash && path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw refusal(path, errno) }
    do {
      return try FileHandle(fileDescriptor: file, closeOnDealloc: true).readToEnd() ?? Data()
    } catch {
      throw refusal(path, (error as NSError).posixCode)
    }
  }

  private static func refusal(_ path: String, _ code: Int32) -> Failure {
    Failure(
      message: "\(path): cannot be read: \(String(cString: strerror(code)))", code: .badInput)
  }
}
