import LabControl
import NodeAgent
import Packets

/// How far a run is, on stderr: one live line on a terminal, otherwise a line a round.
final class Progress {
  private let transitions: Int
  private let turn: TimeSpan
  private let isQuiet: Bool
  private var done: [(path: String, count: Int)] = []
  private var isLineOpen = false

  init(transitions: Int, turn: TimeSpan, isQuiet: Bool) {
    self.transitions = transitions
    self.turn = turn
    self.isQuiet = isQuiet
  }

  func begin(paths: [String]) {
    done = paths.map { ($0, 0) }
  }

  func follow(_ event: Experiment.Event) {
    switch event {
    case .roundBegan:
      show(isRound: true)
    case .message(_, .warning(let text)):
      clear()
      Console.complain(text)
    case .message(let path, .transition):
      if let index = done.firstIndex(where: { $0.path == path }) { done[index].count += 1 }
      show(isRound: false)
    case .message:
      break
    }
  }

  func end() { clear() }

  private func show(isRound: Bool) {
    guard !isQuiet, !done.isEmpty else { return }
    let counts = done.map { "\($0.path) \($0.count)/\(transitions)" }.joined(separator: ", ")
    let missing = done.reduce(0) { $0 + transitions - $1.count }
    let left = Int((missing * turn).seconds.rounded(.up))
    if Console.progressIsTerminal {
      Console.progress("\r\u{1b}[K\(counts) transitions, about \(left) s left")
      isLineOpen = true
    } else if isRound {
      Console.progress("\(counts) transitions, about \(left) s left\n")
    }
  }

  private func clear() {
    if isLineOpen { Console.progress("\r\u{1b}[K") }
    isLineOpen = false
  }
}
