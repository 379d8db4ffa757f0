import Foundation
import Glibc
import LinuxNet
package import Packets
import TopologyModel

/// A node of a topology on a machine of its own, as a process: takes orders as lines of JSON from its
/// standard input and reports by its standard output. When its controller is gone, or says nothing for
/// too long, it undoes what it did and ends; one whose line was cut may come back in the meantime.
package final class HostAgent {
  /// `nil` while the line is cut.
  private var input: StreamEnd?
  private var holder: LocalSocket?
  private let output: HostOutput
  private let interruption: Interruption
  private let poll: EventPoll
  private let work: HostWork
  private let door: LineDoor?
  private let version: String
  private var lines = LineReader()
  private let decoder = JSONDecoder()
  private var heard = WallClock.monotonic
  /// Orders that count.
  private var taken = 0

  /// A controller that says nothing for so long is gone.
  package static let patience = TimeSpan.seconds(5)

  private init(
    _ word: String?, version: String, _ lacking: @escaping @Sendable () -> [String: String]
  ) throws {
    // Before any other thread, which would take a signal in its own way.
    interruption = try Interruption()
    let input = try StreamEnd.standard(STDIN_FILENO)
    self.input = input
    self.version = version
    output = try HostOutput(.standard(STDOUT_FILENO))
    poll = try EventPoll()
    door = try word.map { word throws(KernelError) in try LineDoor(word) }
    try poll.add(input.descriptor, tag: Source.input.rawValue)
    try poll.add(interruption.descriptor, tag: Source.signal.rawValue)
    if let door { try poll.add(door.descriptor, tag: Source.door.rawValue) }
    work = HostWork(output, interruption, lacking)
    // What was handed to others of it would keep the line open.
    close(STDIN_FILENO)
    close(STDOUT_FILENO)
    StreamEnd.keepStandardNumbers()
  }

  private enum Source: UInt64 {
    case input, signal, watcher, door
  }

  /// Why it is over, and whether another may be set up in its place.
  private struct End {
    let reason: String
    var mayReturn = false
  }

  /// Until it is over; `version` is told first, and when it is asked, what the kernel is lacking. By
  /// `word` a controller whose line was cut finds it again.
  package static func run(
    word: String?, version: String, lacking: @escaping @Sendable () -> [String: String]
  ) throws {
    let agent = try HostAgent(word, version: version, lacking)
    agent.output.write(.hello(version: version, taken: nil))
    let end = agent.serve()
    let left = agent.work.end()
    agent.output.writeLast(.over(reason: end.reason, left: left, mayReturn: end.mayReturn))
  }

  /// The process that a controller starts whose line was cut: the agent goes on by what this one was
  /// started with.
  package static func handOver(to word: String) {
    if !LineDoor.handOver(to: word), let output = try? StreamEnd.standard(STDOUT_FILENO) {
      try? HostOutput(output).writeLast(.gone)
    }
  }

  private func serve() -> End {
    var isWatched = false
    while true {
      if !isWatched, let watcher = work.watcher {
        isWatched = (try? poll.add(watcher, tag: Source.watcher.rawValue)) != nil
      }
      let ready = poll.wait(timeout: .milliseconds(500))
      for index in 0..<ready {
        switch Source(rawValue: poll.tag(index)) {
        case .input: if let end = take() { return end }
        case .signal: return End(reason: "a signal", mayReturn: true)
        case .watcher: return End(reason: "its watcher was killed")
        case .door: changeLine()
        case nil: continue
        }
      }
      if output.isOverfull {
        return End(reason: "the line to the controller is too slow", mayReturn: true)
      }
      if WallClock.monotonic - heard > HostAgent.patience {
        return End(
          reason: "nothing was heard of the controller for \(HostAgent.patience)", mayReturn: true)
      }
    }
  }

  /// Why it is over, where it is.
  private func take() -> End? {
    guard let input, input.isReadable(within: .zero) else { return nil }
    let bytes = input.read()
    let arrived = WallClock.now
    guard !bytes.isEmpty else {
      // Nothing was changed yet, or nobody can come back.
      guard door != nil, isAttached else { return End(reason: "the controller is gone") }
      leaveLine()
      return nil
    }
    do {
      for line in try lines.take(bytes) {
        let order = try decoder.decode(HostOrder.self, from: Data(line))
        heard = WallClock.monotonic
        if order.counts { taken += 1 }
        switch order {
        case .alive(let sent, let reports):
          output.confirm(reports)
          output.write(
            .alive(sent: sent, received: arrived, answered: WallClock.now, taken: taken))
        case .resume(let reports): output.resume(after: reports)
        case .engine(let path, let order): work.obey(order, on: path)
        case .ask(let number, let question): work.ask(number, question)
        case .end: return End(reason: "it was told to")
        }
      }
      return nil
    } catch {
      return End(reason: "what the controller sent is no order")
    }
  }

  /// Whether there is something to be undone.
  private var isAttached: Bool { work.watcher != nil }

  /// Goes on by the line of a controller that has come back.
  private func changeLine() {
    guard let line = door?.open() else { return }
    leaveLine()
    guard (try? poll.add(line.input.descriptor, tag: Source.input.rawValue)) != nil,
      (try? output.change(to: line.output)) != nil
    else { return }
    (input, holder, lines) = (line.input, line.holder, LineReader())
    heard = WallClock.monotonic
    output.write(.hello(version: version, taken: taken))
  }

  /// Others may have the same pipe open, so closing it is not enough.
  private func leaveLine() {
    if let input { poll.remove(input.descriptor) }
    (input, holder) = (nil, nil)
  }
}
