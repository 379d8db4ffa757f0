import CLinux

/// What kill(1) and a terminal tell a program, to be passed on to one that it stands for: SIGHUP,
/// SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH.
package final class PassedSignals: Sendable {
  private let descriptor: Descriptor

  /// Before any other thread exists, so that every thread inherits the blocking.
  package init() throws(KernelError) {
    descriptor = Descriptor(try checked(clinux_pass_signals(), "catch signals"))
  }

  /// Waits for the next; its number.
  package func next() -> Int32 { clinux_take_signal(descriptor.rawValue) }
}
