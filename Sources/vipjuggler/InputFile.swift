import ArgumentParser
import LinuxNet

/// A file, or pipe, that a command reads.
enum InputFile {
  /// Where it `takesDash`, `-` is standard input.
  static func read(_ path: String, takesDash: Bool = false, upTo most: Int) throws -> [UInt8] {
    do {
      return try NamedFile.read(takesDash && path == "-" ? nil : path, upTo: most)
    } catch {
      throw Failure(message: "\(path): cannot be read: \(error.reason)", code: .badInput)
    }
  }

  /// What a run of days saves.
  static let run = 1 << 30
  /// A line or two.
  static let secret = 1 << 16
}
