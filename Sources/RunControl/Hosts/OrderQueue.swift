import Foundation
import LinuxNet
import NodeAgent

/// Orders on their way to an agent. Those that count are kept until it says that they have come, and are
/// said again by the next line where one was cut before.
struct OrderQueue {
  private enum Way {
    /// What is written before the agent runs there is taken for its program.
    case closed
    case open
    /// The line is cut.
    case held
  }

  private var way = Way.closed
  private var stream: StreamEnd?
  private var kept: [[UInt8]] = []
  /// The number of the first that is kept.
  private var first = 0

  /// By `stream` from now on, which leads to no agent yet.
  mutating func change(to stream: StreamEnd) { self.stream = stream }

  /// What is no order.
  func write(_ bytes: [UInt8]) { _ = stream?.write(bytes) }

  mutating func send(_ order: HostOrder) {
    guard way != .closed, let line = OrderQueue.line(order) else { return }
    if order.counts { kept.append(line) }
    if way == .open { _ = stream?.write(line) }
  }

  private static func line(_ order: HostOrder) -> [UInt8]? {
    (try? JSONEncoder().encode(order)).map { Array($0) + [UInt8(ascii: "\n")] }
  }

  /// Another agent is there, which has had no orders.
  mutating func begin() { (way, kept, first) = (.open, [], 0) }

  /// The agent is there again, by another line, and has taken so many; of its reports `reports` have
  /// come.
  mutating func resume(after taken: Int, reports: Int) {
    confirm(taken)
    way = .open
    for line in [OrderQueue.line(.resume(taken: reports))].compactMap(\.self) + kept {
      _ = stream?.write(line)
    }
  }

  /// So many have come.
  mutating func confirm(_ taken: Int) {
    let count = min(max(0, taken - first), kept.count)
    kept.removeFirst(count)
    first += count
  }

  /// The line was cut.
  mutating func hold() {
    stream = nil
    if way == .open { way = .held }
  }

  mutating func close() { (way, stream, kept) = (.closed, nil, []) }
}
