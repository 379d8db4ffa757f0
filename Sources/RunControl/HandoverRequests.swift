import Synchronization

/// Handovers that somebody asks for while a run goes on, on whatever thread.
package final class HandoverRequests: Sendable {
  private let count = Mutex(0)

  package init() {}

  package func add() { count.withLock { $0 += 1 } }

  /// How many were asked for since the last call.
  func take() -> Int {
    count.withLock { count in
      defer { count = 0 }
      return count
    }
  }
}
