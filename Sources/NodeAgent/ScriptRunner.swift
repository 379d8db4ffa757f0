import FailoverMethods
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
  private let queue: NamespaceQueue
  private let troubles = Mutex<[ProgramTrouble]>([])

  /// In the namespace of the calling thread.
  init(_ program: ScriptProgram) throws(KernelError) {
    self.program = program
    queue = try NamespaceQueue("script")
  }

  func run(_ deed: Deed) {
    queue.add { [self] in
      guard let trouble = perform(deed) else { return }
      troubles.withLock { $0.append(trouble) }
    }
  }

  /// Waits until all is done.
  func finish() { queue.finish(within: 2 * program.settings.timeout + .seconds(1)) }

  func close() { queue.close() }

  /// What went wrong.
  func takeTroubles() -> [ProgramTrouble] {
    troubles.withLock { troubles in
      defer { troubles = [] }
      return troubles
    }
  }

  /// What went wrong; `nil` where nothing did.
  private func perform(_ deed: Deed) -> ProgramTrouble? {
    let settings = program.settings
    guard let command = deed == .claim ? settings.claim : settings.release else { return nil }
    let name = command.joined(separator: " ")
    do {
      let run = try NodeProgram("/usr/bin/env", command, environment: program.environment)
      run.read(until: { _ in false }, within: settings.timeout)
      guard run.hasClosed else {
        return ProgramTrouble(
          deed: deed.continued,
          words: "`\(name)` had not ended after \(settings.timeout), and was ended: \(run.lastLine)"
        )
      }
      let code = run.wait()
      guard code != 0 else { return nil }
      return ProgramTrouble(
        deed: deed.rawValue, words: "`\(name)` ended with \(code): \(run.lastLine)")
    } catch {
      return ProgramTrouble(deed: deed.rawValue, words: "`\(name)`: \(error)")
    }
  }
}
