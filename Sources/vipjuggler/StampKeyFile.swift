import ArgumentParser
import Packets

/// The key of STAMP's authenticated mode, in a file.
struct StampKeyFile: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "STAMP's authenticated mode: a file with a key as hexadecimal digits, 16 bytes or more.",
      valueName: "file"))
  var keyFile: String?

  /// `nil` where none is given.
  func read() throws -> StampKey? {
    guard let keyFile else { return nil }
    let text = String(decoding: try InputFile.read(keyFile, upTo: InputFile.secret), as: UTF8.self)
    guard let key = StampKey(hexadecimal: text) else {
      throw Failure(
        message:
          "\(keyFile): found no key; one has \(2 * StampKey.leastLength) hexadecimal digits or more, "
          + "as `openssl rand -hex \(StampKey.length)` makes it",
        code: .badInput)
    }
    return key
  }
}
