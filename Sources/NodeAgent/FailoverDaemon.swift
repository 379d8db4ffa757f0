import Dispatch
import FailoverMethods
import Glibc
import LinuxNet
import Packets
import Synchronization

/// The program that decides at a node when it holds the VIP: started, stopped and killed as faults have
/// it, and watched. It ends with this process, however that ends.
final class FailoverDaemon: Sendable {
  private let program: DaemonProgram
  private let wake = DispatchSemaphore(value: 0)
  /// For who waits for its end.
  private let hasEnded = DispatchSemaphore(value: 0)
  private let state = Mutex(State())

  private struct State {
    var isWanted = false
    /// Whether it was told to end.
    var isEnding = false
    var isOver = false
    /// From before its start until after its end.
    var isAttended = false
    var process: ChildProcess?
    /// How it ended, where nobody wanted it to.
    var news: [String] = []
    var troubles: [ProgramTrouble] = []
  }

  /// What it says last is enough.
  private static let mostWords = 4 << 10
  /// Longer than the kernel takes to end it.
  private static let endTimeout = DispatchTimeInterval.seconds(2)

  /// In the namespace of the calling thread.
  init(_ program: DaemonProgram) throws(KernelError) {
    self.program = program
    _ = try WorkThread("daemon") { [self] in
      while let isStarted = next() {
        if isStarted { attend() }
      }
    }
  }

  /// Starts it, where it is not there.
  func start() {
    state.withLock { $0.isWanted = true }
    wake.signal()
  }

  /// Ends it and whatever it has started, at once.
  func kill() {
    state.withLock {
      $0.isWanted = false
      $0.process?.signalAll(SIGKILL)
    }
  }

  /// Has it end in good order.
  func terminate() {
    state.withLock {
      $0.isWanted = false
      $0.isEnding = true
      $0.process?.signal(SIGTERM)
    }
  }

  /// Lets it stand still, and go on.
  func suspend() { state.withLock { $0.process?.signalAll(SIGSTOP) } }
  func resume() { state.withLock { $0.process?.signalAll(SIGCONT) } }

  /// Ends it, and waits until it has ended.
  func end() {
    if let patience = program.patience {
      terminate()
      awaitEnd(within: .nanoseconds(Int(patience.nanoseconds)))
    }
    kill()
    awaitEnd(within: FailoverDaemon.endTimeout)
  }

  private func awaitEnd(within span: DispatchTimeInterval) {
    let limit = DispatchTime.now() + span
    while state.withLock({ $0.isAttended }), hasEnded.wait(timeout: limit) == .success {}
  }

  /// Ends it for good.
  func close() {
    state.withLock { $0.isOver = true }
    kill()
    wake.signal()
  }

  /// What happened to it that nobody wanted.
  func takeNews() -> [String] {
    state.withLock { state in
      defer { state.news = [] }
      return state.news
    }
  }

  /// What it could not do.
  func takeTroubles() -> [ProgramTrouble] {
    state.withLock { state in
      defer { state.troubles = [] }
      return state.troubles
    }
  }
}

/// The thread that it belongs to.
extension FailoverDaemon {
  /// Whether it is to be started now; `nil` when all is over.
  private func next() -> Bool? {
    let (isWanted, isOver) = state.withLock { state in
      state.isAttended = state.isWanted && !state.isOver
      return (state.isAttended, state.isOver)
    }
    if isOver { return nil }
    if isWanted { return true }
    wake.wait()
    return false
  }

  /// From its start to its end.
  private func attend() {
    var words: [UInt8] = []
    let code: Int32
    do {
      let (process, output) = try spawn()
      let isWanted = state.withLock { state in
        state.process = process
        return state.isWanted
      }
      // It was ended before it was there.
      if !isWanted { process.signalAll(SIGKILL) }
      while case let bytes = output.read(), !bytes.isEmpty {
        words = listen((words + bytes).suffix(FailoverDaemon.mostWords))
      }
      code = process.wait()
    } catch {
      words = Array("\(error)".utf8)
      code = 1
    }
    state.withLock { state in
      state.process = nil
      state.isAttended = false
      let wasEnding = state.isEnding
      state.isEnding = false
      guard state.isWanted, !wasEnding else { return }
      state.isWanted = false
      let last = String(decoding: words, as: UTF8.self).split(separator: "\n").last ?? "no word"
      state.news.append("\(program.name) ended by itself with \(code): \(last)")
    }
    hasEnded.signal()
  }

  /// Takes the troubles out of what it has said.
  private func listen(_ words: [UInt8]) -> [UInt8] {
    let newline = UInt8(ascii: "\n")
    guard let end = words.lastIndex(of: newline) else { return words }
    let lines = String(decoding: words[..<end], as: UTF8.self).split(separator: "\n")
    let troubles = lines.map { ProgramTrouble(line: $0) }
    let found = troubles.compactMap { $0 }
    guard !found.isEmpty else { return words }
    state.withLock { $0.troubles += found }
    let others = zip(lines, troubles).filter { $1 == nil }.map { "\($0.0)\n" }.joined()
    return Array(others.utf8) + words[(end + 1)...]
  }

  private func spawn() throws(KernelError) -> (ChildProcess, StreamEnd) {
    let (pipe, source) = (try PipePair(), try PipePair())
    source.writing.write(Array(program.input.utf8))
    let end = pipe.writing.descriptor
    let process = try ChildProcess(
      program.path, program.arguments, name: program.name,
      environment: program.environment.merging(
        getenv("PATH").map { ["PATH": String(cString: $0)] } ?? [:]
      ) { told, _ in told },
      descriptors: [source.reading.descriptor, end, end])
    return (process, pipe.reading)
  }
}
