import Glibc
import Testing

@testable import LinuxNet

@Suite struct StreamTests {
  /// Whatever this process does of the signal: a thread that writes to a line that is cut must not end
  /// the program.
  @Test func aReaderThatHasGoneRaisesNoSignal() throws {
    signal(SIGPIPE, SIG_DFL)
    let writing = try PipePair().writing
    #expect(!writing.write([1, 2, 3]))
    var pending = sigset_t()
    sigpending(&pending)
    #expect(sigismember(&pending, SIGPIPE) == 0)
  }
}
