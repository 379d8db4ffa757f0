import Foundation

/// What is to be run in the lab kernel, as its first process learns it: in its environment, where
/// the kernel puts unknown words of its command line.
package struct LabKernelJob: Codable, Sendable {
  /// The program and its arguments.
  package var command: [String]
  package var environment: [String: String]
  /// The working folder.
  package var folder: String
  /// Folders that must be seen though they lie where the lab kernel has fresh ones.
  package var readable: [String]
  /// Folders that are written through to the machine.
  package var writable: [String]

  package init(
    command: [String], environment: [String: String], folder: String, readable: [String],
    writable: [String]
  ) {
    self.command = command
    self.environment = environment
    self.folder = folder
    self.readable = readable
    self.writable = writable
  }

  static let variable = "VIPJUGGLER_JOB"

  /// Hexadecimal, because the kernel splits its command line at spaces and quotes.
  func encoded() throws -> String {
    try JSONEncoder().encode(self).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  init?(encoded text: String) {
    let digits = Array(text)
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    guard let job = try? JSONDecoder().decode(LabKernelJob.self, from: Data(bytes)) else {
      return nil
    }
    self = job
  }
}
