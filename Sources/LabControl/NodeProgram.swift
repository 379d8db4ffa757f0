import Foundation
import LinuxNet
import Packets

/// A program that runs in the namespace of the thread that started it, and what it prints. It is
/// ended when this goes, and when that thread ends.
final class NodeProgram {
  private let process: ChildProcess
  private let stream: StreamEnd
  private var bytes: [UInt8] = []
  /// Whether it has printed all it will.
  private(set) var hasClosed = false

  init(_ path: String, _ arguments: [String]) throws(KernelError) {
    let pipe = try PipePair()
    let null = try StreamEnd.null()
    let end = pipe.writing.descriptorNumber
    process = try ChildProcess(
      path, arguments,
      environment: ProcessInfo.processInfo.environment.filter { $0.key == "PATH" },
      descriptors: [null.descriptorNumber, end, end])
    stream = pipe.reading
    withExtendedLifetime((pipe, null)) {}
  }

  deinit {
    process.destroy()
    _ = process.wait()
  }

  var output: String { String(decoding: bytes, as: UTF8.self) }

  var lastLine: String { output.split(separator: "\n").last.map(String.init) ?? "no word" }

  /// Takes in what it prints until that `isEnough`, it has closed, `timeout` has passed or an
  /// interruption has come.
  func read(
    until isEnough: (String) -> Bool, within timeout: TimeSpan,
    _ interruption: Interruption? = nil
  ) {
    let deadline = WallClock.now + timeout
    while !hasClosed, WallClock.now < deadline, interruption?.hasCome != true {
      guard stream.isReadable(within: NodeProgram.pollInterval) else { continue }
      let read = stream.read()
      hasClosed = read.isEmpty
      bytes += read
      if isEnough(output) { return }
    }
  }

  private static let pollInterval = TimeSpan.milliseconds(50)
}
