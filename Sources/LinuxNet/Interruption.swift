import CLinux
import Glibc
import Packets

/// Ctrl-C and its kin (SIGINT, SIGTERM, SIGHUP), as a descriptor to wait for instead of a blow
/// that falls anywhere.
package final class Interruption: Sendable {
  package let descriptor: Descriptor

  /// Before any other thread exists, so that every thread inherits the blocking.
  package init() throws(KernelError) {
    descriptor = Descriptor(try checked(clinux_catch_signals(), "catch signals"))
  }

  /// Takes one that has come, so that the next one is news.
  package func take() {
    clinux_take_signal(descriptor.rawValue)
  }

  /// Whether one has come that nobody has taken.
  package var hasCome: Bool { waitUpTo(.zero) }

  /// Waits until one arrives.
  package func wait() {
    while !waitUpTo(.seconds(3600)) {}
  }

  private func waitUpTo(_ span: TimeSpan) -> Bool {
    var poll = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
    return Glibc.poll(&poll, 1, Int32(span.nanoseconds / 1_000_000)) > 0
  }
}
