import FailoverMethods
import Measurement
import Packets

/// A transition that is not measured to its end yet.
struct OpenTransition {
  let index: Int
  let turn: Turn
  /// Probes sent from here on belong to it, until the next one begins.
  let begin: Timestamp
  var end = Timestamp.distantFuture
  /// Probes sent from here on say nothing more of it: until the next turn is due, an outage that is
  /// not over goes on counting.
  var closed = Timestamp.distantFuture
  var addressAdded: Timestamp?
  var addressRemoved: Timestamp?
  var announced: Timestamp?
  var isVoid = false
  /// By port.
  var windows: [ProberWindow]
  var evidence: [[Evidence]]

  init(index: Int, turn: Turn, begin: Timestamp, newHolder: UInt16, ports: Int) {
    self.index = index
    self.turn = turn
    self.begin = begin
    windows = Array(repeating: ProberWindow(newHolder: newHolder), count: ports)
    evidence = Array(repeating: [], count: ports)
  }

  /// The figures, with names; the new holder itself is no prober of the transition.
  func result(ports: [PathPort], servers: [Int], interval: TimeSpan) -> TransitionResult {
    let holder = servers[turn.to]
    let probers = ports.indices.filter { $0 != holder && windows[$0].sent > 0 }
    return TransitionResult(
      index: index, from: turn.from.map { ports[servers[$0]].name } ?? "",
      to: ports[holder].name, scheduled: turn.scheduled, addressAdded: addressAdded,
      addressRemoved: addressRemoved, announced: announced,
      probers: probers.map { port in
        ProberResult(
          node: ports[port].name, decider: ports[port].gateway.map { name($0, ports) },
          window: windows[port], interval: interval,
          scheduled: turn.scheduled, isVoid: isVoid,
          evidence: (evidence[port] + misdirection(of: port, ports: ports)).sorted {
            $0.at < $1.at
          },
          finding: finding(of: port, ports: ports, servers: servers, interval: interval),
          announcement: windows[port].response(announcing: ports[holder].mac),
          name: { name($0, ports) })
      })
  }

  private func finding(
    of port: Int, ports: [PathPort], servers: [Int], interval: TimeSpan
  ) -> CauseFinding? {
    guard !isVoid, let from = turn.from else { return nil }
    let (old, new) = (ports[servers[from]], ports[servers[turn.to]])
    return CauseFacts(
      prober: ports[port].name,
      decider: ports[port].gateway.map { name($0, ports) } ?? ports[port].name,
      recovery: ports[port].recovery, vip: ports[port].vip,
      old: CauseFacts.Server(name: old.name, mac: old.mac),
      new: CauseFacts.Server(name: new.name, mac: new.mac),
      servers: servers.map { CauseFacts.Server(name: ports[$0].name, mac: ports[$0].mac) },
      scheduled: turn.scheduled,
      addressAdded: addressAdded, addressRemoved: addressRemoved, announced: announced,
      window: windows[port], interval: interval
    ).finding()
  }

  private func misdirection(of port: Int, ports: [PathPort]) -> [Evidence] {
    guard let (server, destination, last) = windows[port].lastMisdirected else { return [] }
    return [
      Evidence(
        at: last,
        event: "last of \(windows[port].misdirected) probes captured at \(name(server, ports)), "
          + "sent to its MAC address \(destination)")
    ]
  }

  /// The name of the node with index `node`.
  private func name(_ node: UInt16, _ ports: [PathPort]) -> String {
    ports.first { $0.node == node }?.name ?? "node \(node)"
  }
}
