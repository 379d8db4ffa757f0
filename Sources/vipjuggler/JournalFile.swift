import ArgumentParser
import Dispatch
import Foundation
import Records
import Synchronization

/// The file that a run's journal goes to, line by line as the run goes on. It is written in the
/// background, so that a slow disk does not hold up what is being measured.
final class JournalFile: Sendable {
  private let path: String
  private let queue = DispatchQueue(label: "journal")
  private let state = Mutex(State())

  private struct State {
    var file: FileHandle?
    var text = JournalText()
    /// Entries that wait to be written.
    var waiting = 0
    var isBroken = false
  }

  /// What may wait for a disk that has stopped: minutes of a run.
  private static let room = 100_000

  /// Looks whether the file can be written; nothing is changed before the run begins.
  init(_ path: String, beside outputs: ReportOutputs<some Any>, reading input: String? = nil) throws
  {
    if outputs.contains(path) {
      throw Failure(
        message: "\(path): the journal and a report cannot go to one file", code: .validationFailure
      )
    }
    if let input, OutputFile.areSame(path, input) {
      throw Failure(
        message: "\(path): is read, so no journal can go to it", code: .validationFailure)
    }
    self.path = path
    _ = try OutputFile(path)
  }

  /// Opens the file anew.
  func begin(_ header: JournalHeader) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw OutputFile.refusal(path, errno) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    state.withLock { $0.file = file }
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
    let (file, data) = state.withLock { ($0.file, $0.isBroken ? nil : try? line(&$0.text)) }
    guard let file, let data else { return }
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
