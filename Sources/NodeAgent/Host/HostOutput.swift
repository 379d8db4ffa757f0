import Dispatch
import Foundation
import LinuxNet
import Synchronization

/// What an agent says, a line at a time, whichever thread says it. Nobody waits for a line that is slow
/// or cut but a thread that writes to it. What counts is kept until the controller says that it has come,
/// and said again by the next line where one was cut before.
final class HostOutput: Sendable {
  private let state: Mutex<State>

  fileprivate struct State {
    /// Which line is written to; another thread for each.
    var line = 0
    /// A signal for everything that is to be written to it.
    var isThere = DispatchSemaphore(value: 0)
    /// What counts and is not known to have come, from number `first` on, in bytes `size`.
    var kept: [Line] = []
    var first = 0
    var size = 0
    /// The number of what is written next; `nil` until the controller has said what has come.
    var next: Int?
    /// What does not count.
    var others: [Line] = []
  }

  fileprivate struct Line: Sendable {
    let bytes: [UInt8]
    /// Signalled when it is written.
    var isWritten: DispatchSemaphore?
  }

  /// Nobody may be reading any longer.
  private static let lastPatience = DispatchTimeInterval.seconds(1)
  /// More than the captures of a transition.
  private static let mostKept = 64 << 20

  /// By `stream` from the beginning on.
  init(_ stream: StreamEnd) {
    state = Mutex(State())
    state.withLock { $0.next = 0 }
    begin(stream, line: 0)
  }

  /// From now on by `stream`: what counts not before `resume`.
  func change(to stream: StreamEnd) {
    let line = state.withLock { state in
      state.line += 1
      state.next = nil
      state.others = []
      // The thread of the line that was cut may wait for it.
      state.isThere.signal()
      state.isThere = DispatchSemaphore(value: 0)
      return state.line
    }
    begin(stream, line: line)
  }

  /// So many have come; those after them are said again.
  func resume(after taken: Int) {
    state.withLock { state in
      state.forget(before: taken)
      state.next = state.first
      for _ in state.kept { state.isThere.signal() }
    }
  }

  /// So many have come.
  func confirm(_ taken: Int) { state.withLock { $0.forget(before: taken) } }

  /// Whether the line is slower than what is to be said, and for so long that memory would run out.
  var isOverfull: Bool { state.withLock { $0.size > HostOutput.mostKept } }

  func write(_ report: HostReport) { add(report, nil) }

  /// The same, and waits until it is written, for no longer than a moment.
  func writeLast(_ report: HostReport) {
    let isWritten = DispatchSemaphore(value: 0)
    add(report, isWritten)
    _ = isWritten.wait(timeout: .now() + HostOutput.lastPatience)
  }

  private func add(_ report: HostReport, _ isWritten: DispatchSemaphore?) {
    guard let text = try? JSONEncoder().encode(report) else { return }
    let line = Line(bytes: Array(text) + [UInt8(ascii: "\n")], isWritten: isWritten)
    state.withLock { state in
      if report.counts {
        state.kept.append(line)
        state.size += line.bytes.count
      } else {
        state.others.append(line)
      }
      state.isThere.signal()
    }
  }

  private func begin(_ stream: StreamEnd, line: Int) {
    Thread.detachNewThread { [self] in
      while let (next, isThere) = state.withLock({ $0.takeNext(line: line) }) {
        guard let next else {
          isThere.wait()
          continue
        }
        guard stream.write(next.bytes) else { return }
        next.isWritten?.signal()
      }
    }
  }
}

extension HostOutput.State {
  /// What is written next to line number `line`, if anything, and what signals more; `nil` where
  /// another line has taken its place.
  fileprivate mutating func takeNext(
    line number: Int
  ) -> (HostOutput.Line?, DispatchSemaphore)? {
    guard line == number else { return nil }
    if !others.isEmpty { return (others.removeFirst(), isThere) }
    guard let next, next - first < kept.count else { return (nil, isThere) }
    self.next = next + 1
    return (kept[next - first], isThere)
  }

  fileprivate mutating func forget(before taken: Int) {
    let count = min(max(0, taken - first), kept.count)
    for line in kept[..<count] { size -= line.bytes.count }
    kept.removeFirst(count)
    first += count
  }
}
