import Dispatch
import Foundation
import Records
import Synchronization

/// The file that a run's journal goes to, line by line as the run goes on. It is written in the
/// background, so that a slow disk does not hold up what is being measured.
final class JournalFile: Sendable {
  private let path: String
  private let file: FileHandle
  private let queue = DispatchQueue(label: "journal")
  private let state = Mutex(State())

  private struct State {
    var text = JournalText()
    /// Entries that wait to be written.
    var waiting = 0
    var isBroken = false
  }

  /// What may wait for a disk that has stopped: minutes of a run.
  private static let room = 100_000

  /// Opens the file anew.
  init(_ path: String) throws {
    self.path = path
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputFile.refusal(path, errno) }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  func begin(_ header: JournalHeader) {
    queue.async { [self] in write { try $0.line(header) } }
  }

  func add(_ entry: JournalEntry) {
    let hasRoom = state.withLock { state in
      state.waiting += 1
      return state.waiting <= JournalFile.room
    }
    guard hasRoom else { return giveUp("it takes nothing more") }
    queue.async { [self] in
      write { try $0.line(entry) }
      state.withLock { $0.waiting -= 1 }
    }
  }

  /// Waits until everything is written.
  func finish(_ run: RunRecord) {
    add(.recorded(run: run.with(transitions: [:])))
    queue.sync {}
  }

  private func write(_ line: (inout JournalText) throws -> Data) {
    let data = state.withLock { $0.isBroken ? nil : try? line(&$0.text) }
    guard let data else { return }
    do {
      try file.write(contentsOf: data)
    } catch {
      giveUp(String(cString: strerror((error as NSError).posixCode)))
    }
  }

  /// The first failure is said; the run stands, and nothing more is tried.
  private func giveUp(_ reason: String) {
    let isFirst = state.withLock { state in
      defer { state.isBroken = true }
      return !state.isBroken
    }
    guard isFirst else { return }
    Console.complain("\(path): cannot be written: \(reason); the journal ends here")
  }
}
