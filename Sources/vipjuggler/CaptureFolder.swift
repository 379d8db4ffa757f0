import Dispatch
import Foundation
import RunControl
import Synchronization

/// The folder that captures go to. They are written in the background, so that a slow disk does not
/// hold up what is being measured.
final class CaptureFolder: Sendable {
  private let path: String
  private let queue = DispatchQueue(label: "captures")
  private let isBroken = Mutex(false)
  /// Bytes that wait to be written.
  private let waiting = Mutex(0)

  /// What may wait for a disk that has stopped.
  private static let room = 256 << 20

  /// Where the folder is not there, it is made for the first capture.
  init(_ path: String) throws {
    self.path = path
    guard !path.isEmpty else { throw OutputFile.refusal(path, ENOENT) }
    var place = URL(fileURLWithPath: path).standardizedFileURL
    var isFolder: ObjCBool = false
    while !FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder) {
      place.deleteLastPathComponent()
    }
    guard isFolder.boolValue else { throw OutputFile.refusal(path, ENOTDIR) }
    if access(place.path, W_OK) != 0 { throw OutputFile.refusal(path, errno) }
  }

  func take(_ file: CaptureFile, of path: String) {
    let name = "\(self.path)/\(path)-\(file.transition)-\(file.node).pcapng"
    let data = Data(file.bytes)
    let hasRoom = waiting.withLock { waiting in
      waiting += data.count
      return waiting <= CaptureFolder.room
    }
    guard hasRoom else { return giveUp(name, "the disk takes nothing more") }
    queue.async { [self] in
      write(data, to: name)
      waiting.withLock { $0 -= data.count }
    }
  }

  private func write(_ data: Data, to name: String) {
    guard !isBroken.withLock({ $0 }) else { return }
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true)
      try data.write(to: URL(fileURLWithPath: name), options: .atomic)
    } catch {
      giveUp(name, String(cString: strerror((error as NSError).posixCode)))
    }
  }

  /// The first failure is said; nothing more is tried after it.
  private func giveUp(_ name: String, _ reason: String) {
    let isFirst = isBroken.withLock { isBroken in
      defer { isBroken = true }
      return !isBroken
    }
    guard isFirst else { return }
    Console.complain("\(name): cannot be written: \(reason); no more captures are kept")
  }

  /// Waits until everything is written.
  func finish() { queue.sync {} }
}
