import Dispatch
import LinuxNet
import Packets
import Synchronization

/// A thread in a namespace that does one thing after the other, while nobody waits for it.
final class NamespaceQueue: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isBusy = false
    var isOver = false
  }

  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  /// For who waits until all is done.
  private let isDone = DispatchSemaphore(value: 0)

  /// In the namespace of the calling thread; `name` is the thread's.
  init(_ name: String) throws(KernelError) {
    _ = try WorkThread(name) { [self] in
      while !state.withLock({ $0.isOver }) {
        guard let deed = take() else {
          wake.wait()
          continue
        }
        deed()
        state.withLock { $0.isBusy = false }
        isDone.signal()
      }
    }
  }

  func add(_ deed: @escaping @Sendable () -> Void) {
    state.withLock { $0.waiting.append(deed) }
    wake.signal()
  }

  /// Waits until all is done, for `patience` at most.
  func finish(within patience: TimeSpan) {
    let limit = DispatchTime.now() + .nanoseconds(Int(patience.nanoseconds))
    while state.withLock({ $0.isBusy || !$0.waiting.isEmpty }),
      isDone.wait(timeout: limit) == .success
    {}
  }

  /// What is not begun is not done any more.
  func close() {
    state.withLock { $0.isOver = true }
    wake.signal()
  }

  private func take() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return nil }
      state.isBusy = true
      return state.waiting.removeFirst()
    }
  }
}
