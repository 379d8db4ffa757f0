import CLinux
import Glibc

/// A program started by this one, in a session of its own. A small process watches over it, so that
/// it and whatever it starts end with this process, however that ends.
package final class ChildProcess: Sendable {
  /// The watcher's.
  private let identifier: Int32
  /// The program's own, which is its group's, too; 0 where it was not there to be told of.
  private let program: Int32

  /// `descriptors` become the program's descriptors from 0 on; it gets no others. It is told that it is
  /// called `name`, or as its path is. `blocked` is a signal that it has blocked, and what it starts.
  package init(
    _ path: String, _ arguments: [String], name: String? = nil, environment: [String: String],
    descriptors: [Descriptor], blocked: Int32 = 0
  ) throws(KernelError) {
    var argumentPointers = ([name ?? path] + arguments).map { strdup($0) } + [nil]
    var environmentPointers = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
    let numbers = descriptors.map(\.rawValue)
    var program: Int32 = 0
    identifier = try checked(
      clinux_spawn(
        path, &argumentPointers, &environmentPointers, numbers, Int32(numbers.count), blocked,
        &program),
      "start \(path)")
    self.program = program
    withExtendedLifetime(descriptors) {}
  }

  /// Its exit code, or 128 and the number of the signal that ended it, as shells have it.
  package func wait() -> Int32 { ChildProcess.exitCode(of: identifier) }

  /// Waits for the end of a child of this process.
  static func exitCode(of child: Int32) -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
  }

  /// Whether it has ended; `wait` is still to be called.
  package var hasEnded: Bool {
    var information = siginfo_t()
    let result = waitid(
      P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT)
    return result < 0 || information.si_signo == SIGCHLD
  }

  package func signal(_ number: Int32) { kill(identifier, number) }

  /// Tells it, and what it has started in its group, at once.
  package func signalAll(_ number: Int32) {
    guard program > 0 else { return signal(number) }
    if kill(-program, number) < 0 { kill(program, number) }
  }

  /// Ends the program's whole session with SIGKILL.
  package func destroy() { signal(CLINUX_END) }
}
