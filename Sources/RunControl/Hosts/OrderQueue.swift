import Foundation
import LinuxNet
import NodeAgent
import Synchronization

/// Orders on their way to an agent, and the program where there is none yet.
final class OrderQueue: Sendable {
  private enum Way {
    /// What is written before the agent runs there is taken for its program.
    case closed
    case open
    /// The line is cut.
    case held
  }

  private let way = Mutex(Way.closed)
  private let writer = LineWriter()

  /// By `stream` from now on, which leads to no agent yet.
  func change(to stream: StreamEnd) throws(KernelError) { try writer.change(to: stream) }

  /// What is no order.
  func write(_ bytes: [UInt8]) { writer.write(bytes, counts: false) }

  func send(_ order: HostOrder) {
    way.withLock { way in
      guard way == .open || way == .held && order.counts else { return }
      write(order)
    }
  }

  private func write(_ order: HostOrder) {
    guard let line = try? JSONEncoder().encode(order) else { return }
    writer.write(Array(line) + [UInt8(ascii: "\n")], counts: order.counts)
  }

  /// Another agent is there, which has had no orders.
  func begin() {
    way.withLock { way in
      writer.begin()
      way = .open
    }
  }

  /// The agent is there again, by another line, and has taken so many; of its reports `reports` have
  /// come.
  func resume(after taken: Int, reports: Int) {
    way.withLock { way in
      write(.resume(taken: reports))
      writer.resume(after: taken)
      way = .open
    }
  }

  /// So many have come.
  func confirm(_ taken: Int) { writer.confirm(taken) }

  /// The line was cut.
  func hold() {
    way.withLock { way in
      writer.leave()
      if way == .open { way = .held }
    }
  }

  func close() {
    way.withLock { way in
      writer.leave()
      way = .closed
    }
  }
}
