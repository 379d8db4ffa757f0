package import Dispatch
package import LinuxNet
import Packets
import Synchronization

/// What one end of a line says, from whichever thread: nobody waits for a line that is slow or cut but a
/// thread that writes to it. What counts is kept until the other end says that it has come, and said
/// again by the next line where one was cut before.
package final class LineWriter: Sendable {
  private let state = Mutex(State())

  fileprivate struct State {
    /// Which line is written to; another thread for each.
    var line = 0
    /// A signal for everything that is to be written to it.
    var isThere = DispatchSemaphore(value: 0)
    /// What counts and is not known to have come, from number `first` on, in bytes `size`.
    var kept: [Piece] = []
    var first = 0
    var size = 0
    /// The number of what is written next; `nil` until it is known what has come.
    var next: Int?
    /// What does not count.
    var others: [Piece] = []
  }

  fileprivate struct Piece: Sendable {
    let bytes: [UInt8]
    /// Signalled when it is written.
    var isWritten: DispatchSemaphore?
  }

  /// More than the captures of a transition.
  private static let mostKept = 64 << 20

  package init() {}

  /// From now on by `stream`: what counts not before `begin` or `resume`.
  package func change(to stream: StreamEnd) throws(KernelError) {
    let line = leave()
    // Handed over whole.
    _ = try WorkThread("writer") { [self] in
      while let (piece, isThere) = state.withLock({ $0.takeNext(line: line) }) {
        guard let piece else {
          isThere.wait()
          continue
        }
        guard stream.write(piece.bytes) else { return }
        piece.isWritten?.signal()
      }
    }
  }

  /// By no line any longer. Its number that is to come next.
  @discardableResult
  package func leave() -> Int {
    state.withLock { state in
      state.line += 1
      state.next = nil
      state.others = []
      // The thread of the line that was left may wait for it.
      state.isThere.signal()
      state.isThere = DispatchSemaphore(value: 0)
      return state.line
    }
  }

  /// The other end has had nothing yet.
  package func begin() {
    state.withLock { state in
      (state.kept, state.first, state.size, state.next) = ([], 0, 0, 0)
    }
  }

  /// So many have come; those after them are said again.
  package func resume(after taken: Int) {
    state.withLock { state in
      state.forget(before: taken)
      state.next = state.first
      for _ in state.kept { state.isThere.signal() }
    }
  }

  /// So many have come.
  package func confirm(_ taken: Int) { state.withLock { $0.forget(before: taken) } }

  /// Whether the line is slower than what is to be said, and for so long that memory would run out.
  package var isOverfull: Bool { state.withLock { $0.size > LineWriter.mostKept } }

  package func write(_ bytes: [UInt8], counts: Bool, isWritten: DispatchSemaphore? = nil) {
    let piece = Piece(bytes: bytes, isWritten: isWritten)
    state.withLock { state in
      if counts {
        state.kept.append(piece)
        state.size += bytes.count
      } else {
        state.others.append(piece)
      }
      state.isThere.signal()
    }
  }
}

extension LineWriter.State {
  /// What is written next to line number `line`, if anything, and what signals more; `nil` where
  /// another line has taken its place.
  fileprivate mutating func takeNext(
    line number: Int
  ) -> (LineWriter.Piece?, DispatchSemaphore)? {
    guard line == number else { return nil }
    if !others.isEmpty { return (others.removeFirst(), isThere) }
    guard let next = next.map({ max($0, first) }), next - first < kept.count
    else { return (nil, isThere) }
    self.next = next + 1
    return (kept[next - first], isThere)
  }

  fileprivate mutating func forget(before taken: Int) {
    guard taken > first else { return }
    let count = min(taken - first, kept.count)
    for piece in kept[..<count] { size -= piece.bytes.count }
    kept.removeFirst(count)
    first += count
  }
}
