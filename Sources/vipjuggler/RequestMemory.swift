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
    let lock = open(file + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else { throw OutputFile.refusal(file + ".lock", errno) }
    defer { close(lock) }
    while flock(lock, LOCK_EX) < 0, errno == EINTR {}
    let data = try? Data(contentsOf: URL(fileURLWithPath: file))
    var pause =
      data.flatMap { try? JSONDecoder().decode(RequestPause.self, from: $0) } ?? RequestPause()
    let result = try body(&pause)
    do {
      try JSONEncoder().encode(pause).write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw OutputFile.refusal(file, (error as NSError).posixCode)
    }
    return result
  }
}
