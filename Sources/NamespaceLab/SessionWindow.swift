import Dispatch
import Synchronization

/// How much may be under way in one direction: so many pieces that the other end has not taken.
final class SessionWindow: Sendable {
  private let free = DispatchSemaphore(value: 0)
  private let isClosed = Atomic(false)

  init(_ pieces: Int) { for _ in 0..<pieces { free.signal() } }

  /// Waits for room; `false` when there is nobody to take it any more.
  func enter() -> Bool {
    free.wait()
    guard isClosed.load(ordering: .sequentiallyConsistent) else { return true }
    // Whoever waits beside this one is not to wait for ever.
    free.signal()
    return false
  }

  func leave() { free.signal() }

  func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    free.signal()
  }
}
