import CLinux
import Glibc

/// A thread for work that lasts.
package final class WorkThread: Sendable {
  private let thread: pthread_t

  /// Runs `body`, which takes over whatever it captures, on a new thread; `name`, of 15 bytes at most,
  /// is what ps(1) and top(1) call it.
  package init(_ name: String, _ body: sending @escaping () -> Void) throws(KernelError) {
    let context = Unmanaged.passRetained(ThreadWork(name, body)).toOpaque()
    var thread = pthread_t()
    let refused = pthread_create(
      &thread, nil,
      { context in
        Unmanaged<ThreadWork>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, context)
    guard refused == 0 else {
      Unmanaged<ThreadWork>.fromOpaque(context).release()
      throw KernelError("start a thread", code: refused)
    }
    self.thread = thread
  }

  /// Waits until it has ended; to be called once.
  package func join() { pthread_join(thread, nil) }
}

/// Carries a closure through `pthread_create`.
private final class ThreadWork {
  private let name: String
  private let body: () -> Void

  init(_ name: String, _ body: @escaping () -> Void) {
    self.name = name
    self.body = body
  }

  func run() {
    clinux_name_thread(name)
    body()
  }
}
