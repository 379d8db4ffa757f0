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
    let input = try StreamEnd.standard(STDIN_FILENO)
    self.input = input
    self.version = version
    output = HostOutput(try .standard(STDOUT_FILENO))
    interruption = try Interruption()
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

  /// Why it is over.
  private enum End {
    case silence(String)
    case other(String)

    var reason: String {
      switch self {
      case .silence(let reason), .other(let reason): reason
      }
    }
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
    let isForSilence = if case .silence = end { true } else { false }
    agent.output.writeLast(.over(reason: end.reason, left: left, isForSilence: isForSilence))
  }

  /// The process that a controller starts whose line was cut: the agent goes on by what this one was
  /// started with.
  package static func handOver(to word: String) {
    if !LineDoor.handOver(to: word), let output = try? StreamEnd.standard(STDOUT_FILENO) {
      HostOutput(output).writeLast(.gone)
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
        case .signal: return .other("a signal")
        case .watcher: return .other("its watcher was killed")
        case .door: changeLine()
        case nil: continue
        }
      }
      if output.isOverfull { return .other("the line to the controller is too slow") }
      if WallClock.monotonic - heard > HostAgent.patience {
        return .silence("nothing was heard of the controller for \(HostAgent.patience)")
      }
    }
  }

  /// Why it is over, where it is.
  private func take() -> End? {
    guard let input else { return nil }
    let bytes = input.read()
    let arrived = WallClock.now
    guard !bytes.isEmpty else {
      // Nothing was changed yet, or nobody can come back.
      guard door != nil, isWatched else { return .other("the controller is gone") }
      (self.input, holder) = (nil, nil)
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
        case .end: return .other("it was told to")
        }
      }
      return nil
    } catch {
      return .other("what the controller sent is no order")
    }
  }

  private var isWatched: Bool { work.watcher != nil }

  /// Goes on by the line of a controller that has come back.
  private func changeLine() {
    guard let line = door?.open(),
      (try? poll.add(line.input.descriptor, tag: Source.input.rawValue)) != nil
    else { return }
    (input, holder, lines) = (line.input, line.holder, LineReader())
    heard = WallClock.monotonic
    output.change(to: line.output)
    output.write(.hello(version: version, taken: taken))
  }
}
