package import LinuxNet
package import Packets
import Synchronization
package import TopologyModel

/// Orders on their way to a loop's thread.
package final class Mailbox: Sendable {
  private let orders = Mutex<[(NodeID, AgentOrder)]>([])
  private let isClosed = Mutex(false)
  private let wake: PipePair

  package init() throws(KernelError) { wake = try PipePair() }

  package var descriptor: Descriptor { wake.reading.descriptor }

  package func post(_ order: AgentOrder, to node: NodeID) {
    orders.withLock { $0.append((node, order)) }
    wake.writing.write([0])
  }

  /// Ends the loop.
  package func close() {
    isClosed.withLock { $0 = true }
    wake.writing.write([0])
  }

  /// What has come, after `descriptor` has become readable; `nil` when it is closed.
  func take() -> [(NodeID, AgentOrder)]? {
    _ = wake.reading.read()
    guard !isClosed.withLock({ $0 }) else { return nil }
    return orders.withLock { orders in
      defer { orders = [] }
      return orders
    }
  }
}

/// Reports on their way from the loops' threads to the controller's.
package final class ReportQueue: Sendable {
  private let reports = Mutex<[(node: NodeID, report: AgentReport)]>([])
  private let wake: PipePair

  package init() throws(KernelError) { wake = try PipePair() }

  package func append(_ report: AgentReport, from node: NodeID) {
    let isFirst = reports.withLock { reports in
      reports.append((node, report))
      return reports.count == 1
    }
    // Whoever is waiting is woken once.
    if isFirst { wake.writing.write([0]) }
  }

  /// What has come, after waiting for it for `span` at most.
  package func take(within span: TimeSpan) -> [(node: NodeID, report: AgentReport)] {
    if wake.reading.isReadable(within: span) { _ = wake.reading.read() }
    return reports.withLock { reports in
      defer { reports = [] }
      return reports
    }
  }
}
