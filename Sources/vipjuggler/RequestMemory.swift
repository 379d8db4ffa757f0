import Foundation
import LinuxNet
import Packets
import SmallTools

/// A `RequestPause` in a file, from one start of the program to the next.
struct RequestMemory {
  /// As it was kept; without anything in it where nothing was, or nothing that can be read.
  let pause: RequestPause
  private let file: URL

  /// In `folder`, or where what is lost with a start of the machine is kept: /run/vipjuggler, for ordinary users
  /// XDG_RUNTIME_DIR/vipjuggler, or a folder in /tmp.
  init(_ folder: String?, of service: URL) throws {
    let path = folder ?? RequestMemory.folder
    try PrivateFolder.make(path)
    let host = (service.host ?? "") + (service.port.map { "-\($0)" } ?? "")
    let name = String(host.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
    file = URL(fileURLWithPath: path).appendingPathComponent("floating-ip-\(name)")
    let kept = try? JSONDecoder().decode(RequestPause.self, from: Data(contentsOf: file))
    pause = kept ?? RequestPause()
  }

  private static var folder: String {
    if geteuid() == 0 { return "/run/vipjuggler" }
    let runtime = ProcessInfo.processInfo.environment["XDG_RUNTIME_DIR"]
    return runtime.map { "\($0)/vipjuggler" } ?? "/tmp/vipjuggler-\(geteuid())"
  }

  /// Where it cannot be kept, that is said: the service may hear too much then.
  func keep(_ pause: RequestPause) {
    do {
      try JSONEncoder().encode(pause).write(to: file, options: .atomic)
    } catch {
      let words = String(cString: strerror((error as NSError).posixCode))
      Console.complain("\(file.path): it is not kept when the service may be asked again: \(words)")
    }
  }
}
