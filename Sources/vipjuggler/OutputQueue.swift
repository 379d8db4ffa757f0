import Dispatch
import Foundation
import Synchronization

/// Text on its way to a stream, written by a thread of its own: whoever says something does not wait
/// for the reader.
final class OutputQueue: Sendable {
  private let descriptor: Int32
  private let queue: DispatchQueue
  private let state = Mutex(State())
  /// Called with the `errno` of a write that fails.
  private let refuse: @Sendable (Int32) -> Void

  private struct State {
    /// Bytes that wait.
    var waiting = 0
    /// Texts that there was no room for.
    var dropped = 0
  }

  /// What may wait for a reader that has stopped.
  private static let room = 1 << 20

  init(_ descriptor: Int32, refuse: @escaping @Sendable (Int32) -> Void) {
    self.descriptor = descriptor
    self.refuse = refuse
    queue = DispatchQueue(label: "output \(descriptor)")
  }

  /// Whether the reader does not keep up.
  var isBehind: Bool { state.withLock { $0.waiting > 0 } }

  /// Takes the text whole, or where there is no room not at all; what was left out is said once there
  /// is room again.
  func add(_ bytes: [UInt8], isBounded: Bool) {
    let notice = state.withLock { state -> [UInt8]? in
      guard !isBounded || state.waiting + bytes.count <= OutputQueue.room else {
        state.dropped += 1
        return nil
      }
      defer { state.dropped = 0 }
      let text =
        state.dropped == 0
        ? "" : "vipjuggler: \(state.dropped) messages were left out: nobody read them\n"
      state.waiting += bytes.count + text.utf8.count
      return Array(text.utf8)
    }
    guard let notice else { return }
    queue.async { [self] in
      let all = notice + bytes
      if let code = Console.write(all, to: descriptor) { refuse(code) }
      state.withLock { $0.waiting -= all.count }
    }
  }

  /// Writes the text on the caller's own thread, after what waits. It starts none: a process with
  /// more than one cannot enter a user namespace.
  func write(_ bytes: [UInt8]) {
    finish()
    if let code = Console.write(bytes, to: descriptor) { refuse(code) }
  }

  /// Waits until everything is written.
  func finish() {
    if isBehind { queue.sync {} }
  }
}
