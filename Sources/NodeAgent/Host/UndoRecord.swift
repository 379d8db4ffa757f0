import Foundation
import Glibc
import LinuxNet
import Packets

/// What a run changes on this host, noted before it is changed and undone however the agent ends: by a
/// watcher, a process of its own that holds the list and sees when the agent is gone; by the agent,
/// where the watcher is; by a later `sweep`, where both were killed.
package final class UndoRecord {
  /// What is noted at every link that was made.
  package let tag: String
  private var steps: [UndoStep] = []
  private let file: LockedFile
  /// Leads to the watcher; closed to have it undo everything.
  private var toWatcher: StreamEnd?
  /// What the watcher could not undo, and its end.
  private let fromWatcher: StreamEnd

  /// The watcher's one argument behind the command's name.
  package static let watcherFlag = "--undo"
  private static let patience = TimeSpan.seconds(5)

  /// Of run number `run`; starts the watcher.
  init(run: UInt64, node: String) throws {
    tag = UndoFile.tag(ofRun: run)
    file = try UndoFile.make(tag: tag, node: node)
    let (orders, answers) = (try PipePair(), try PipePair())
    toWatcher = orders.writing
    fromWatcher = answers.reading
    do {
      try DetachedProcess.startSelf(
        ["agent", UndoRecord.watcherFlag],
        descriptors: [
          orders.reading.descriptor, answers.writing.descriptor,
          try StreamEnd.null().descriptor, file.descriptor,
        ])
      try write(UndoFile.Line.begun(UndoFile.Header(tag: tag), path: file.path))
    } catch {
      file.remove()
      throw error
    }
  }

  /// Becomes readable when the watcher has ended.
  var descriptor: Descriptor { fromWatcher.descriptor }

  /// Notes what is about to be changed, or was just made.
  func add(_ step: UndoStep) throws {
    steps.append(step)
    try write(.step(step))
  }

  private func write(_ line: UndoFile.Line) throws {
    let bytes = Array(try JSONEncoder().encode(line)) + [UInt8(ascii: "\n")]
    try file.append(bytes)
    guard toWatcher?.write(bytes) ?? false else {
      throw KernelError("write to the watcher", code: EPIPE)
    }
  }

  /// Undoes everything, the last change first; what could not be.
  func undo() -> [String] {
    toWatcher = nil
    var told: [UInt8] = []
    let deadline = WallClock.now + UndoRecord.patience
    while WallClock.now < deadline, fromWatcher.isReadable(within: .milliseconds(100)) || true {
      guard fromWatcher.isReadable(within: .milliseconds(100)) else { continue }
      let bytes = fromWatcher.read()
      if bytes.isEmpty { break }
      told += bytes
    }
    if let left = try? JSONDecoder().decode([String].self, from: Data(told)) { return left }
    // The watcher is gone.
    let left = UndoStep.perform(steps, tag: tag)
    file.remove()
    return left
  }
}
