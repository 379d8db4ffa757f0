import Dispatch
import LinuxNet
import Packets
import Synchronization
package import TopologyModel

/// A user's commands, and what they are told by their environment.
package struct ScriptProgram: Sendable {
  package var settings: ScriptSettings
  package var environment: [String: String]
}

/// Runs a user's commands at a node, one after the other, on a thread of its own; each is ended after a
/// while.
final class ScriptRunner: Sendable {
  enum Deed: String, Sendable {
    case claim = "take"
    case release = "give up"

    /// Of one that may be done, and has not ended.
    var continued: String {
      switch self {
      case .claim: "finish taking"
      case .release: "finish giving up"
      }
    }
  }

  private let program: ScriptProgram
  private let wake = DispatchSemaphore(value: 0)
  /// For who waits until all is done.
  private let isDone = DispatchSemaphore(value: 0)
  private let state = Mutex(State())

  private struct State {
    var waiting: [Deed] = []
    var isBusy = false
    var isOver = false
    var news: [Trouble] = []
  }

  /// What could not be done, as in "could not take it", and why.
  struct Trouble: Sendable {
    var deed: String
    var words: String
  }

  /// In the namespace of the calling thread.
  init(_ program: ScriptProgram) throws(KernelError) {
    self.program = program
    _ = try WorkThread("script") { [self] in
      while !state.withLock({ $0.isOver }) {
        guard let deed = take() else {
          wake.wait()
          continue
        }
        let trouble = perform(deed)
        state.withLock { state in
          state.isBusy = false
          if let trouble { state.news.append(trouble) }
        }
        isDone.signal()
      }
    }
  }

  func run(_ deed: Deed) {
    state.withLock { $0.waiting.append(deed) }
    wake.signal()
  }

  /// Waits until all is done.
  func finish() {
    let patience = 2 * program.settings.timeout + .seconds(1)
    let limit = DispatchTime.now() + .nanoseconds(Int(patience.nanoseconds))
    while state.withLock({ $0.isBusy || !$0.waiting.isEmpty }),
      isDone.wait(timeout: limit) == .success
    {}
  }

  func close() {
    state.withLock { $0.isOver = true }
    wake.signal()
  }

  /// What went wrong.
  func takeNews() -> [Trouble] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
  }

  private func take() -> Deed? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return nil }
      state.isBusy = true
      return state.waiting.removeFirst()
    }
  }

  /// What went wrong; `nil` where nothing did.
  private func perform(_ deed: Deed) -> Trouble? {
    let settings = program.settings
    guard let command = deed == .claim ? settings.claim : settings.release else { return nil }
    let name = command.joined(separator: " ")
    do {
      let run = try NodeProgram("/usr/bin/env", command, environment: program.environment)
      run.read(until: { _ in false }, within: settings.timeout)
      guard run.hasClosed else {
        return Trouble(
          deed: deed.continued,
          words: "`\(name)` had not ended after \(settings.timeout), and was ended: \(run.lastLine)"
        )
      }
      let code = run.wait()
      guard code != 0 else { return nil }
      return Trouble(
        deed: deed.rawValue, words: "`\(name)` ended with \(code): \(run.lastLine)")
    } catch {
      return Trouble(deed: deed.rawValue, words: "`\(name)`: \(error)")
    }
  }
}
