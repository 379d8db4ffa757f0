import Foundation
import Glibc
import LinuxNet
import Packets
import Synchronization

/// What a run changes on this host, noted before or as it is changed and undone however the agent
/// ends: by a watcher, a process of its own that holds the list and sees when the agent is gone; by the
/// agent, where the watcher is; by a later `sweep`, where both were killed.
final class UndoRecord: Sendable {
  /// What is noted at every link that was made.
  let tag: String
  private let file: LockedFile
  private let state: Mutex<State>
  /// What the watcher could not undo, and its end.
  private let fromWatcher: StreamEnd

  private struct State {
    var steps: [UndoStep] = []
    /// Leads to the watcher; closed to have it undo everything.
    var toWatcher: StreamEnd?
    var isOpen = true
  }

  private static let patience = TimeSpan.seconds(5)

  /// Of run number `run`; starts the watcher.
  init(run: UInt64, node: String) throws {
    tag = UndoFile.tag(ofRun: run)
    file = try UndoFile.make(tag: tag, node: node)
    let (orders, answers) = (try PipePair(), try PipePair())
    state = Mutex(State(toWatcher: orders.writing))
    fromWatcher = answers.reading
    do {
      try DetachedProcess.startSelf(
        ["agent", UndoWatcher.flag],
        descriptors: [
          orders.reading.descriptor, answers.writing.descriptor,
          try StreamEnd.null().descriptor, file.descriptor,
        ])
      try state.withLock {
        try write(.begun(UndoFile.Header(tag: tag), path: file.path), $0)
      }
    } catch {
      file.remove()
      throw error
    }
  }

  /// Becomes readable when the watcher has ended.
  var descriptor: Descriptor { fromWatcher.descriptor }

  /// What makes changes after everything was undone.
  struct Closed: Error, CustomStringConvertible {
    let description = "the run is being undone"
  }

  /// Makes a change, which notes how it is undone as it goes.
  func change<Value>(_ body: ((UndoStep) throws -> Void) throws -> Value) throws -> Value {
    try state.withLock { state in
      guard state.isOpen else { throw Closed() }
      return try body { step in
        state.steps.append(step)
        try write(.step(step), state)
      }
    }
  }

  private func write(_ line: UndoFile.Line, _ state: State) throws {
    let bytes = Array(try JSONEncoder().encode(line)) + [UInt8(ascii: "\n")]
    try file.append(bytes)
    guard state.toWatcher?.write(bytes) ?? false else {
      throw KernelError("write to the watcher", code: EPIPE)
    }
  }

  /// Undoes everything, the last change first, once whatever is being changed is; nothing is changed
  /// after it. What could not be undone.
  func undo() -> [String] {
    let steps = state.withLock { state in
      (state.isOpen, state.toWatcher) = (false, nil)
      return state.steps
    }
    var told: [UInt8] = []
    let deadline = WallClock.monotonic + UndoRecord.patience
    while fromWatcher.isReadable(within: deadline - WallClock.monotonic) {
      let bytes = fromWatcher.read()
      if bytes.isEmpty { break }
      told += bytes
    }
    if let left = try? JSONDecoder().decode([String].self, from: Data(told)) { return left }
    // The watcher is gone.
    let left = UndoStep.perform(steps, tag: tag)
    if left.isEmpty { file.remove() }
    return left
  }
}
