import Glibc
import Packets
import Synchronization
import Testing

@testable import LinuxNet

/// Whatever this process does of the signal: a thread that writes to a line that is cut must not end
/// the program.
@Suite struct StreamTests {
  @Test func aReaderThatHasGoneRaisesNoSignal() throws {
    signal(SIGPIPE, SIG_DFL)
    let writing = try PipePair().writing
    #expect(!writing.write([1, 2, 3]))
    #expect(!StreamTests.isSignalPending)
  }

  /// A part is written before, and the call that wrote it raises the signal all the same.
  @Test func norDoesOneThatGoesInTheMidst() throws {
    signal(SIGPIPE, SIG_DFL)
    let result = Mutex<(wasAll: Bool, isPending: Bool)?>(nil)
    var pipe: PipePair? = try PipePair()
    let writing = pipe!.writing
    let thread = try WorkThread("writer") {
      let wasAll = writing.write([UInt8](repeating: 0, count: 1 << 20))
      result.withLock { $0 = (wasAll, StreamTests.isSignalPending) }
    }
    // What is read was written, and the rest has no room.
    #expect(pipe!.reading.isReadable(within: .seconds(5)))
    pipe = nil
    thread.join()
    let (wasAll, isPending) = try #require(result.withLock { $0 })
    #expect(!wasAll)
    #expect(!isPending)
  }

  private static var isSignalPending: Bool {
    var pending = sigset_t()
    sigpending(&pending)
    return sigismember(&pending, SIGPIPE) != 0
  }
}
