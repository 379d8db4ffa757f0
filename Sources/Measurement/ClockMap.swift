package import Packets
package import TopologyModel

/// The nodes' clocks and the controller's, with a bound on how far each is known. A node that nothing
/// was recorded of shares the controller's clock, as in a lab on one machine.
package struct ClockMap: Sendable {
  private struct Reading: Sendable {
    /// What is to be added to the node's instants.
    let offset: TimeSpan
    /// By how much that can be wrong, either way.
    let bound: TimeSpan
  }

  private var readings: [NodeID: Reading] = [:]

  package init() {}

  /// An exchange with a node, as NTP has it (RFC 5905, section 8): sent by the controller at `sent`,
  /// received there at `received` and answered at `answered` by the node's clock, back at `returned`.
  /// The one that took least on its way tells most.
  package mutating func record(
    _ node: NodeID, sent: Timestamp, received: Timestamp, answered: Timestamp,
    returned: Timestamp
  ) {
    let bound = ((returned - sent) - (answered - received)) / 2
    guard bound >= .zero, readings[node].map({ bound < $0.bound }) ?? true else { return }
    let offset = ((sent - received) + (returned - answered)) / 2
    readings[node] = Reading(offset: offset, bound: bound)
  }

  /// `instant` of `node`'s clock by the controller's.
  package func controllerTime(_ instant: Timestamp, of node: NodeID) -> Timestamp {
    instant + (readings[node]?.offset ?? .zero)
  }

  /// By how much that can be wrong.
  package func bound(of node: NodeID) -> TimeSpan { readings[node]?.bound ?? .zero }
}

extension Observation {
  /// The same with other instants.
  func mapInstants(_ map: (Timestamp) -> Timestamp) -> Observation {
    switch self {
    case .fates(var run):
      (run.first, run.last) = (map(run.first), map(run.last))
      run.answered = run.answered.map(map)
      return .fates(run: run)
    case .arrivals(var run):
      (run.first, run.last) = (map(run.first), map(run.last))
      return .arrivals(run: run)
    case .reflected: return self
    case .duplicated(let stream, let sent, let count):
      return .duplicated(stream: stream, sent: map(sent), count: count)
    // The schedule's instant is a name that all nodes have for the turn.
    case .claimed(let at, let due): return .claimed(at: map(at), due: due)
    case .released(let at): return .released(at: map(at))
    case .refused(let deed, let at, let reason):
      return .refused(deed: deed, at: map(at), reason: reason)
    case .announced(let at): return .announced(at: map(at))
    case .foreignClaim(let at): return .foreignClaim(at: map(at))
    case .foreignRelease(let at): return .foreignRelease(at: map(at))
    case .announcementSeen(let mac, let at, let form):
      return .announcementSeen(of: mac, at: map(at), form: form)
    case .identified(let responder, let identity, let at):
      return .identified(responder: responder, as: identity, at: map(at))
    case .neighbour(var entry):
      entry.at = map(entry.at)
      return .neighbour(entry: entry)
    case .linkDown(let at): return .linkDown(at: map(at))
    case .pinged(let server, let at): return .pinged(server: server, at: map(at))
    case .fault(let fault, let since, let at):
      return .fault(fault, since: map(since), at: map(at))
    case .blurred(let at, let reason): return .blurred(at: map(at), reason: reason)
    case .remarked(let at, let what, let times):
      return .remarked(at: map(at), what: what, times: times)
    case .contested(let at, let one, let other):
      return .contested(at: map(at), by: one, and: other)
    case .upTo(let at): return .upTo(at: map(at))
    }
  }
}
