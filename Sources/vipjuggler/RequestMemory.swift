import Foundation
import LinuxNet
import Packets
import SmallTools

/// A `RequestPause` in a file, from one start of the program to the next, and of several at a time.
struct RequestMemory {
  private let file: String

  /// In `folder`, or where what is lost with a start of the machine is kept: /run/vipjuggler, for ordinary users
  /// XDG_RUNTIME_DIR/vipjuggler, or a folder in /tmp.
  init(_ folder: String?, of service: URL) throws {
    let path = folder ?? RequestMemory.folder
    try PrivateFolder.make(path)
    let host = (service.host ?? "") + (service.port.map { "-\($0)" } ?? "")
    let name = String(host.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    file = "\(path)/floating-ip-\(name)"
  }

  private static var folder: String {
    if geteuid() == 0 { return "/run/vipjuggler" }
    let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"]
    return runtime.map { "\($0)/vipjuggler" } ?? "/tmp/vipjuggler-\(geteuid())"
  }

  /// Changes what is kept while nobody else does. What nobody can read is taken for nothing.
  func change<Result>(_ body: (inout RequestPause) throws -> Result) throws -> Result {
    let page = try SharedPage(file)
    var pause =
      (try? JSONDecoder().decode(RequestPause.self, from: Data(page.text.utf8))) ?? RequestPause()
    let result = try body(&pause)
    try page.write(String(decoding: try JSONEncoder().encode(pause), as: UTF8.self))
    return result
  }
}
