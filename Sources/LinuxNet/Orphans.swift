import CLinux
import Glibc

/// Children of a first process that it did not start: processes whose parents ended before them.
package enum Orphans {
  private static let pause: useconds_t = 200_000

  /// Takes note of the end of one, if there is any. What this process started somebody waits for, and
  /// is gone by the next look.
  package static func bury() {
    let ended = next()
    usleep(pause)
    guard ended > 0, next() == ended else { return }
    waitpid(ended, nil, WNOHANG)
  }

  /// One that has ended and that nobody has waited for; 0 where there is none.
  private static func next() -> Int32 {
    var information = siginfo_t()
    let result = waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT)
    return result == 0 ? information._sifields._sigchld.si_pid : 0
  }
}
