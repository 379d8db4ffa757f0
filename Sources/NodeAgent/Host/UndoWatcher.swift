import Foundation
import Glibc
import LinuxNet

/// The process that outlives an agent and undoes what it did: it reads the agent's list from its
/// standard input until that ends, whatever ended it.
package enum UndoWatcher {
  /// The argument behind the name of the agent's command that makes a process one.
  package static let flag = "--undo"

  package static func run() -> Never {
    var pending: [UInt8] = []
    let decoder = JSONDecoder()
    var header: (tag: String, path: String)?
    var steps: [UndoStep] = []
    do {
      let input = try StreamEnd.standard(STDIN_FILENO)
      while true {
        let bytes = input.read()
        if bytes.isEmpty { break }
        pending += bytes
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
          switch try? decoder.decode(UndoFile.Line.self, from: Data(pending[..<end])) {
          case .begun(let begun, let path): header = (begun.tag, path)
          case .step(let step): steps.append(step)
          case nil: break
          }
          pending.removeSubrange(...end)
        }
      }
    } catch {
      exit(1)
    }
    guard let header else { exit(1) }
    let left = UndoStep.perform(steps, tag: header.tag)
    if left.isEmpty { unlink(header.path) }
    // The agent may still be there to tell it on.
    let report = (try? JSONEncoder().encode(left)) ?? Data()
    (try? StreamEnd.standard(STDOUT_FILENO))?.write(Array(report))
    exit(0)
  }
}
