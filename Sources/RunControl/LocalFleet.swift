package import LinuxNet
package import NodeAgent
package import Packets
package import TopologyModel

/// Agents in this process, whose engines are shared out over a few threads. Orders and reports are
/// handed over as they are.
package final class LocalFleet: Fleet {
  private let loops: [(mailbox: Mailbox, thread: WorkThread)]
  private let places: [NodeID: Int]
  private let reports: ReportQueue

  /// A thread more than another pays only where it has enough to do.
  private static let leastEngines = 32

  /// Opens each node's sockets by `open`, and starts.
  package init(
    _ nodes: [NodeID],
    open: (NodeID) throws(KernelError) -> (settings: NodeEngine.Settings, port: PathPort)
  ) throws(KernelError) {
    let most = max(1, min(Machine.processors, nodes.count / LocalFleet.leastEngines))
    reports = try ReportQueue()
    var loops: [(mailbox: Mailbox, thread: WorkThread)] = []
    var places: [NodeID: Int] = [:]
    do {
      for number in 0..<most {
        let mailbox = try Mailbox()
        var share: [(settings: NodeEngine.Settings, port: PathPort)] = []
        for (index, node) in nodes.enumerated() where index % most == number {
          places[node] = number
          share.append(try open(node))
        }
        loops.append((mailbox, try LocalFleet.start(share, mailbox, reports)))
      }
    } catch {
      LocalFleet.end(loops)
      throw error
    }
    self.loops = loops
    self.places = places
  }

  private static func start(
    _ share: [(settings: NodeEngine.Settings, port: PathPort)], _ mailbox: Mailbox,
    _ reports: ReportQueue
  ) throws(KernelError) -> WorkThread {
    // Handed over whole: nothing of it stays with the caller.
    nonisolated(unsafe) var loop = try EngineLoop(share, mailbox: mailbox, reports: reports)
    return try WorkThread("engines") { loop.run() }
  }

  deinit { LocalFleet.end(loops) }

  private static func end(_ loops: [(mailbox: Mailbox, thread: WorkThread)]) {
    for loop in loops { loop.mailbox.close() }
    for loop in loops { loop.thread.join() }
  }

  package func send(_ order: AgentOrder, to node: NodeID) {
    if let place = places[node] { loops[place].mailbox.post(order, to: node) }
  }

  package func receive(within span: TimeSpan) -> [(node: NodeID, report: AgentReport)] {
    reports.take(within: span)
  }
}
