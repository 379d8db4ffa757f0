import Glibc
package import Packets

/// A program that runs in the namespace of the thread that started it, and what it prints. It is
/// ended when this goes, and when that thread ends.
package final class NodeProgram {
  private let process: ChildProcess
  private let stream: StreamEnd
  private var bytes: [UInt8] = []
  /// Whether it has printed all it will.
  package private(set) var hasClosed = false
  private var hasEnded = false

  /// `input` is what it reads, short enough for a pipe; `environment` what it is told besides where programs
  /// are.
  package init(
    _ path: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) throws(KernelError) {
    let pipe = try PipePair()
    let source = try PipePair()
    source.writing.write(Array(input.utf8))
    let end = pipe.writing.descriptor
    process = try ChildProcess(
      path, arguments,
      environment: environment.merging(
        getenv("PATH").map { ["PATH": String(cString: $0)] } ?? [:]
      ) { told, _ in told },
      descriptors: [source.reading.descriptor, end, end])
    stream = pipe.reading
    withExtendedLifetime((pipe, source)) {}
  }

  /// Its exit code, after it has closed its output.
  package func wait() -> Int32 {
    hasEnded = true
    return process.wait()
  }

  deinit {
    guard !hasEnded else { return }
    process.destroy()
    _ = process.wait()
  }

  package var output: String { String(decoding: bytes, as: UTF8.self) }

  package var firstLine: String { NodeProgram.words(output.split(separator: "\n").first) }

  package var lastLine: String { NodeProgram.words(output.split(separator: "\n").last) }

  private static func words(_ line: Substring?) -> String {
    line.map { String($0.prefix(mostCharacters)) } ?? "no word"
  }

  /// Of a line that is shown.
  private static let mostCharacters = 300
  /// What it prints after so much is not kept.
  private static let mostBytes = 16 << 20

  /// Waits for its end; why it did not do what it was to, `nil` where it did.
  package func failure(within timeout: TimeSpan) -> String? {
    let deadline = WallClock.now + timeout
    read(until: { _ in false }, within: timeout)
    // It may go on in silence.
    while hasClosed, !process.hasEnded, WallClock.now < deadline { _ = poll(nil, 0, 10) }
    guard hasClosed, process.hasEnded else { return "it has not ended within \(timeout)" }
    let code = wait()
    guard code != 0 else { return nil }
    return bytes.isEmpty ? "it ended with \(code)" : firstLine
  }

  /// Takes in what it prints until that `isEnough`, it has closed, `timeout` has passed or an
  /// interruption has come.
  package func read(
    until isEnough: (String) -> Bool, within timeout: TimeSpan,
    _ interruption: Interruption? = nil
  ) {
    let deadline = WallClock.now + timeout
    while !hasClosed, WallClock.now < deadline, interruption?.hasCome != true {
      guard stream.isReadable(within: NodeProgram.pollInterval) else { continue }
      let read = stream.read()
      hasClosed = read.isEmpty
      guard bytes.count < NodeProgram.mostBytes else { continue }
      bytes += read
      if isEnough(output) { return }
    }
  }

  private static let pollInterval = TimeSpan.milliseconds(50)
}
