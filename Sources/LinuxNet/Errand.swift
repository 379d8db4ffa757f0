import CLinux
import Glibc
import Packets

/// A program that is run to its end by one that goes on meanwhile, and what it prints. It belongs to the
/// process group of its starter, and so does what it leaves running, which goes on after it.
package final class Errand {
  private let process: Int32
  /// Readable when it has ended.
  package let end: Descriptor
  /// Readable when it has printed something.
  package let output: StreamEnd
  private var bytes: [UInt8] = []

  /// What it says last is enough.
  private static let mostBytes = 4 << 10

  package init(
    _ path: String, _ arguments: [String], environment: [String: String]
  ) throws(KernelError) {
    var argumentPointers = ([path] + arguments).map { strdup($0) } + [nil]
    var environmentPointers = environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
    let pipe = try PipePair()
    let source = try StreamEnd.null()
    var process: Int32 = 0
    let handle = Descriptor(
      try checked(
        clinux_run(
          path, &argumentPointers, &environmentPointers, source.descriptor.rawValue,
          pipe.writing.descriptor.rawValue, &process), "start \(path)"))
    (self.process, end, output) = (process, handle, pipe.reading)
    withExtendedLifetime((source, pipe)) {}
  }

  /// Takes in what it has printed by now; whether there may be more.
  @discardableResult
  package func read() -> Bool {
    guard output.isReadable(within: .zero) else { return true }
    let read = output.read()
    bytes = (bytes + read).suffix(Errand.mostBytes)
    return !read.isEmpty
  }

  package var lines: [String] {
    String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
  }

  /// Its exit code once it has ended, or 128 and the number of the signal that ended it, as shells have it.
  package func wait() -> Int32 { ChildProcess.exitCode(of: process) }

  /// Ends it and whom it waits for, at once.
  package func kill() {
    for process in Errand.family(of: process) { Glibc.kill(process, SIGKILL) }
  }

  /// A process, its children and theirs; without them on a kernel that does not list them.
  private static func family(of process: Int32) -> [Int32] {
    let children = (try? FileSystem.read("/proc/\(process)/task/\(process)/children")) ?? ""
    return [process] + children.split(separator: " ").compactMap { Int32($0) }.flatMap(family)
  }
}
