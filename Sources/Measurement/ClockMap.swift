package import Packets
package import TopologyModel

/// An exchange with a node, as NTP has it (RFC 5905, section 8): sent by the controller at `sent`,
/// received there at `received` and answered at `answered` by the node's clock, back at `returned`.
package struct ClockExchange: Hashable, Codable, Sendable {
  package var sent: Timestamp
  package var received: Timestamp
  package var answered: Timestamp
  package var returned: Timestamp

  package init(sent: Timestamp, received: Timestamp, answered: Timestamp, returned: Timestamp) {
    self.sent = sent
    self.received = received
    self.answered = answered
    self.returned = returned
  }

  /// What is to be added to the node's instants.
  fileprivate var offset: TimeSpan { ((sent - received) + (returned - answered)) / 2 }
  /// By how much that can be wrong, either way.
  fileprivate var bound: TimeSpan { ((returned - sent) - (answered - received)) / 2 }

  private enum CodingKeys: String, CodingKey {
    case sent = "sent_ns"
    case received = "received_ns"
    case answered = "answered_ns"
    case returned = "returned_ns"
  }
}

/// The nodes' clocks and the controller's, with a bound on how far each is known. A node that nothing
/// was recorded of shares the controller's clock, as in a lab on one machine.
///
/// A clock that is in use is followed as clocks are disciplined, by slewing: time as it is told here
/// runs neither backwards nor, but where the node's own clock was set, by leaps, or an outage that the
/// correction falls into would be as much longer or shorter.
package struct ClockMap: Sendable {
  private var clocks: [NodeID: Clock] = [:]

  package init() {}

  package mutating func record(_ node: NodeID, _ exchange: ClockExchange) {
    guard exchange.bound >= .zero else { return }
    clocks[node, default: Clock()].record(exchange)
  }

  /// What comes of it from here on is by another clock.
  mutating func forget(_ node: NodeID) { clocks[node] = nil }

  /// From here on the node's clock is not set, but slewed.
  package mutating func use(_ node: NodeID) { clocks[node]?.isUsed = true }

  /// `instant` of `node`'s clock by the controller's.
  package func controllerTime(_ instant: Timestamp, of node: NodeID) -> Timestamp {
    instant + (clocks[node]?.offset(at: instant) ?? .zero)
  }

  /// What is to be added to the node's instants, as it was last recorded.
  package func offset(of node: NodeID) -> TimeSpan { clocks[node]?.target ?? .zero }

  /// By how much that can be wrong.
  package func bound(of node: NodeID) -> TimeSpan { clocks[node]?.bound ?? .zero }
}

/// What is known of one clock.
private struct Clock: Sendable {
  private struct Reading: Sendable {
    /// By the node's clock.
    let at: Timestamp
    let offset: TimeSpan
    let bound: TimeSpan
  }

  /// From an instant of the node's clock on the offset goes from one value to another.
  private struct Slew: Sendable {
    let since: Timestamp
    let from: TimeSpan
    let to: TimeSpan

    func offset(at instant: Timestamp) -> TimeSpan {
      let most = max(.zero, instant - since) * Clock.slew
      let whole = to - from
      return from + max(.zero - most, min(most, whole))
    }
  }

  /// Parts per million: no clock of a machine drifts faster, and adjtimex(2) slews no faster.
  private static let drift: Int64 = 250
  private static let slew: Int64 = 500
  private static let keptReadings = 240
  private static let keptSlews = 64

  private var readings: [Reading] = []
  private var slews: [Slew] = []
  var isUsed = false
  private(set) var target = TimeSpan.zero

  mutating func record(_ exchange: ClockExchange) {
    let reading = Reading(
      at: exchange.answered, offset: exchange.offset, bound: exchange.bound)
    // Readings that cannot all be true: the clock was set since.
    let isSet = readings.contains { old in
      let apart = reading.offset - old.offset
      return max(apart, .zero - apart) > reading.bound + doubt(of: old, at: reading.at)
    }
    if isSet { readings = [] }
    readings.append(reading)
    if readings.count > Clock.keptReadings { readings.removeFirst() }
    let best = readings.min { doubt(of: $0, at: reading.at) < doubt(of: $1, at: reading.at) }
    target = best?.offset ?? .zero
    follow(from: reading.at, byLeap: isSet || !isUsed)
  }

  /// By how much a reading can be wrong some time later.
  private func doubt(of reading: Reading, at instant: Timestamp) -> TimeSpan {
    let age = instant - reading.at
    return reading.bound + max(age, .zero - age) * Clock.drift
  }

  private mutating func follow(from instant: Timestamp, byLeap: Bool) {
    if byLeap && !isUsed { slews = [] }
    let from = slews.isEmpty || byLeap ? target : offset(at: instant)
    slews.append(Slew(since: instant, from: from, to: target))
    if slews.count > Clock.keptSlews { slews.removeFirst() }
  }

  func offset(at instant: Timestamp) -> TimeSpan {
    let slew = slews.last { $0.since <= instant } ?? slews.first
    return slew?.offset(at: instant) ?? .zero
  }

  var bound: TimeSpan {
    guard let latest = readings.last?.at else { return .zero }
    let known = readings.map { doubt(of: $0, at: latest) }.min() ?? .zero
    let behind = target - offset(at: latest)
    return known + max(behind, .zero - behind)
  }
}

extension TimeSpan {
  /// So many parts per million of it.
  fileprivate static func * (span: TimeSpan, partsPerMillion: Int64) -> TimeSpan {
    TimeSpan(nanoseconds: span.nanoseconds / 1_000 * partsPerMillion / 1_000)
  }
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
    case .foreign(let at, let packets): return .foreign(at: map(at), packets: packets)
    case .remarked(let at, let what, let times):
      return .remarked(at: map(at), what: what, times: times)
    case .contested(let at, let one, let other):
      return .contested(at: map(at), by: one, and: other)
    case .upTo(let at): return .upTo(at: map(at))
    }
  }
}
