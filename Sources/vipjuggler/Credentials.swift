import ArgumentParser
import Foundation

/// `USER:PASSWORD` of a web service, which no argument vector and no log ever sees.
struct Credentials: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A file with USER:PASSWORD that is its owner's alone (mode 0600); else VIPJUGGLER_CREDENTIALS of the "
        + "environment.",
      valueName: "file"))
  var credentials: String?

  private static let variable = "VIPJUGGLER_CREDENTIALS"

  /// `nil` where none are given.
  func read() throws -> String? {
    guard let credentials else {
      return try ProcessInfo.processInfo.environment[Credentials.variable].map {
        try checked($0, of: Credentials.variable)
      }
    }
    var status = stat()
    guard stat(credentials, &status) == 0 else {
      throw Failure(
        message: "\(credentials): cannot be read: \(String(cString: strerror(errno)))",
        code: .failure)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Failure(message: "\(credentials): it is no regular file", code: .failure)
    }
    guard [geteuid(), 0].contains(status.st_uid) else {
      throw Failure(message: "\(credentials): it is another user's", code: .failure)
    }
    guard status.st_mode & 0o077 == 0 else {
      throw Failure(
        message: "\(credentials): others may read or change it; `chmod 600 \(credentials)` first",
        code: .failure)
    }
    let bytes = try InputFile.read(credentials, upTo: InputFile.secret)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(message: "\(credentials): it is no UTF-8", code: .failure)
    }
    return try checked(text, of: credentials)
  }

  private func checked(_ text: String, of place: String) throws -> String {
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count == 1, lines[0].contains(":"), !lines[0].hasPrefix("\u{feff}") else {
      throw Failure(message: "\(place): found no USER:PASSWORD on one line", code: .failure)
    }
    return String(lines[0])
  }
}
