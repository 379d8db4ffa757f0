import Foundation

/// `Fuzz TARGET [options of libFuzzer] [folders of a corpus]`.
@main struct Fuzz {
  /// The C function of libFuzzer that runs a function of one's own for ever.
  @_silgen_name("LLVMFuzzerRunDriver")
  private static func drive(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
  ) -> Int32

  private static let target = CommandLine.arguments.dropFirst().first.flatMap {
    FuzzTarget(rawValue: $0)
  }

  static func main() {
    guard target != nil else {
      let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
      print(names)
      exit(CommandLine.arguments.count == 1 ? 0 : 64)
    }
    // The target's name is none of libFuzzer's own arguments.
    var arguments = CommandLine.unsafeArgv + 1
    var count = CommandLine.argc - 1
    exit(
      drive(&count, &arguments) { bytes, count in
        Fuzz.target?.take(UnsafeRawBufferPointer(start: bytes, count: count))
        return 0
      })
  }
}
