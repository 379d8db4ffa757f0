package import LinuxNet
import Packets

/// Takes in the connections that probes are, and answers a GET with the name of the node.
package final class PageServer {
  private let listener: Listener
  private let poll: EventPoll
  private let page: [UInt8]
  private var visits: [UInt64: Visit] = [:]
  private var latest: UInt64 = 0
  private var state = ServiceState.alive

  private struct Visit {
    let connection: Connection
    let since: Timestamp
    var received: [UInt8] = []
  }

  /// Who came from a machine that was cut off never says that it is gone.
  private static let longestVisit = TimeSpan.seconds(10)
  private static let longestRequest = 8 * 1024

  package init(_ listener: Listener, name: String) throws(KernelError) {
    self.listener = listener
    poll = try EventPoll()
    try poll.add(listener.descriptor, tag: 0)
    page = Array(
      ("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(name.utf8.count + 1)\r\n"
        + "Connection: close\r\n\r\n\(name)\n").utf8)
  }

  var descriptor: Descriptor { poll.descriptor }

  /// One that is dead has nobody at its port; one that is frozen answers what was asked when it is alive again.
  func set(_ state: ServiceState) {
    guard state != self.state else { return }
    if state == .dead {
      poll.remove(listener.descriptor)
      listener.close()
      visits = [:]
    } else if self.state == .dead {
      listener.open()
      try? poll.add(listener.descriptor, tag: 0)
    }
    self.state = state
    for tag in visits.keys where state == .alive { answer(tag) }
  }

  /// Serves what waits; how much that was.
  func serve() -> Int {
    let count = poll.wait(timeout: .zero)
    for index in 0..<count {
      let tag = poll.tag(index)
      if tag == 0 { welcome() } else { attend(tag) }
    }
    return count
  }

  private func welcome() {
    let now = WallClock.now
    visits = visits.filter { now - $0.value.since < PageServer.longestVisit }
    while let connection = listener.accept() {
      latest += 1
      guard (try? poll.add(connection.descriptor, tag: latest)) != nil else { continue }
      visits[latest] = Visit(connection: connection, since: now)
    }
  }

  private func attend(_ tag: UInt64) {
    guard var visit = visits[tag] else { return }
    switch visit.connection.read() {
    case .nothingYet: return
    case .end, .failed: visits[tag] = nil
    case .bytes(let bytes):
      visit.received += bytes
      visits[tag] = visit.received.count > PageServer.longestRequest ? nil : visit
      if state == .alive { answer(tag) }
    }
  }

  /// Where all is asked.
  private func answer(_ tag: UInt64) {
    guard let visit = visits[tag], visit.received.suffix(4) == [13, 10, 13, 10] else { return }
    _ = visit.connection.write(page)
    visits[tag] = nil
  }
}
