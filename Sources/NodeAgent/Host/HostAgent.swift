import Dispatch
import Foundation
import Glibc
import LinuxNet
package import Packets
import TopologyModel

/// A node of a topology on a machine of its own, as a process: takes orders as lines of JSON from its
/// standard input and reports by its standard output. When its controller is gone, or says nothing for
/// too long, it undoes what it did and ends.
package final class HostAgent {
  private let input: StreamEnd
  private let output: HostOutput
  private let interruption: Interruption
  private let poll: EventPoll
  private let work: HostWork
  private var lines = LineReader()
  private let decoder = JSONDecoder()
  private var heard = WallClock.monotonic

  /// A controller that says nothing for so long is gone.
  package static let patience = TimeSpan.seconds(5)

  private init(_ lacking: @escaping @Sendable () -> [String: String]) throws {
    input = try .standard(STDIN_FILENO)
    output = HostOutput(try .standard(STDOUT_FILENO))
    interruption = try Interruption()
    poll = try EventPoll()
    try poll.add(input.descriptor, tag: Source.input.rawValue)
    try poll.add(interruption.descriptor, tag: Source.signal.rawValue)
    work = HostWork(output, interruption, lacking)
  }

  private enum Source: UInt64 {
    case input, signal, watcher
  }

  /// Until it is over; `version` is told first, and when it is asked, what the kernel is lacking.
  package static func run(
    version: String, lacking: @escaping @Sendable () -> [String: String]
  ) throws {
    let agent = try HostAgent(lacking)
    agent.output.write(.hello(version: version))
    let reason = agent.serve()
    let left = agent.work.end()
    agent.output.writeLast(.over(reason: reason, left: left))
  }

  /// Why it is over.
  private func serve() -> String {
    var isWatched = false
    while true {
      if !isWatched, let watcher = work.watcher {
        isWatched = (try? poll.add(watcher, tag: Source.watcher.rawValue)) != nil
      }
      let ready = poll.wait(timeout: .milliseconds(500))
      for index in 0..<ready {
        switch Source(rawValue: poll.tag(index)) {
        case .input: if let reason = take(input.read()) { return reason }
        case .signal: return "a signal"
        case .watcher: return "its watcher was killed"
        case nil: continue
        }
      }
      if WallClock.monotonic - heard > HostAgent.patience {
        return "nothing was heard of the controller for \(HostAgent.patience)"
      }
    }
  }

  /// Why it is over, where it is.
  private func take(_ bytes: [UInt8]) -> String? {
    let arrived = WallClock.now
    guard !bytes.isEmpty else { return "the controller is gone" }
    do {
      for line in try lines.take(bytes) {
        let order = try decoder.decode(HostOrder.self, from: Data(line))
        heard = WallClock.monotonic
        switch order {
        case .alive(let sent):
          output.write(.alive(sent: sent, received: arrived, answered: WallClock.now))
        case .engine(let path, let order): work.obey(order, on: path)
        case .ask(let number, let question): work.ask(number, question)
        case .end: return "it was told to"
        }
      }
      return nil
    } catch {
      return "what the controller sent is no order"
    }
  }
}

/// What an agent says, a line at a time, whichever thread says it. Nobody waits for a line that is slow
/// or cut but a thread that writes to it.
final class HostOutput: Sendable {
  private let lines = HostQueue<Line>()

  private struct Line: Sendable {
    let bytes: [UInt8]
    /// Signalled when it is written.
    var isWritten: DispatchSemaphore?
  }

  /// Nobody may be reading any longer.
  private static let lastPatience = DispatchTimeInterval.seconds(1)

  init(_ stream: StreamEnd) {
    let lines = self.lines
    Thread.detachNewThread {
      while true {
        let line = lines.next()
        stream.write(line.bytes)
        line.isWritten?.signal()
      }
    }
  }

  func write(_ report: HostReport) {
    if let line = line(report) { lines.append(line) }
  }

  /// The same, and waits until it is written, for no longer than a moment.
  func writeLast(_ report: HostReport) {
    guard var line = line(report) else { return }
    let isWritten = DispatchSemaphore(value: 0)
    line.isWritten = isWritten
    lines.append(line)
    _ = isWritten.wait(timeout: .now() + HostOutput.lastPatience)
  }

  private func line(_ report: HostReport) -> Line? {
    (try? JSONEncoder().encode(report)).map { Line(bytes: Array($0) + [UInt8(ascii: "\n")]) }
  }
}
