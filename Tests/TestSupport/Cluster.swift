package import FailoverMethods
package import Packets
package import TopologyModel

/// A pair of servers with the resources of a cluster, in a time of their own that passes as fast as the
/// machine can. What agents do to the `world` `ask` says.
package struct Cluster<World> {
  package typealias Ask = (inout World, Request, Timestamp) -> Step

  package struct Request {
    package let server: Int
    package let place: Int
    package let action: ResourceAction
    package let begun: Timestamp
  }

  /// What an agent does next.
  package enum Step {
    case ends(ResourceOutcome, after: TimeSpan)
    /// It is asked again then.
    case goesOn(after: TimeSpan)
  }

  package private(set) var now = Timestamp(nanoseconds: 1_000_000_000_000)
  package var world: World
  package private(set) var managers: [ResourceManager?] = [nil, nil]
  /// Whether no word gets from one to the other.
  package var isParted = false
  /// What was asked of agents, as in `0 start 1`: server, action and place.
  package private(set) var log: [String] = []
  package private(set) var troubles: [ProgramTrouble] = []

  private let failover: FailoverSettings
  private let ask: Ask
  private var words: [(at: Timestamp, to: Int, packet: HeartbeatPacket)] = []
  /// What agents are about; without an outcome they go on then.
  private var errands: [(at: Timestamp, request: Request, outcome: ResourceOutcome?)] = []
  private var started: UInt32 = 0

  package init(_ failover: FailoverSettings, in world: World, ask: @escaping Ask) {
    self.failover = failover
    self.world = world
    self.ask = ask
    start(0)
    start(1)
  }

  package mutating func start(_ server: Int) {
    started += 100
    managers[server] = ResourceManager(
      failover, priority: failover.heartbeat.priority(of: server), pair: 1,
      countingFrom: started, at: now)
  }

  /// Its process ends, and so does what its agents are about; what they did stays.
  package mutating func kill(_ server: Int) {
    managers[server] = nil
    errands.removeAll { $0.request.server == server }
  }

  package mutating func resign(_ server: Int) { managers[server]?.resign() }

  package mutating func forgetLog() { (log, troubles) = ([], []) }

  /// Everything that happens within that time.
  package mutating func run(_ span: TimeSpan) {
    let end = now + span
    while true {
      now = max(now, min(nextEvent, end))
      for server in 0...1 { act(server) }
      if nextEvent > end || now >= end { break }
    }
    now = end
  }

  private var nextEvent: Timestamp {
    var next = Timestamp.distantFuture
    for manager in managers { next = min(next, manager?.nextDeadline ?? next) }
    for word in words { next = min(next, word.at) }
    for errand in errands { next = min(next, errand.at) }
    return next
  }

  private mutating func act(_ server: Int) {
    if words.contains(where: { $0.to == server && $0.at <= now }) {
      for word in words where word.to == server && word.at <= now {
        managers[server]?.hear(word.packet, at: now)
      }
      words.removeAll { $0.to == server && $0.at <= now }
    }
    attend(server)
    while let effect = managers[server]?.step(at: now) {
      switch effect {
      case .send(let packet):
        if !isParted { words.append((now + .milliseconds(1), 1 - server, packet)) }
      case .tell(let trouble): troubles.append(trouble)
      case .run(let action, let place):
        log.append("\(server) \(action.rawValue) \(place)")
        go(on: Request(server: server, place: place, action: action, begun: now))
      }
    }
  }

  /// How agents' errands end.
  private mutating func attend(_ server: Int) {
    guard errands.contains(where: { $0.request.server == server && $0.at <= now }) else { return }
    let due = errands.filter { $0.request.server == server && $0.at <= now }
    errands.removeAll { $0.request.server == server && $0.at <= now }
    for errand in due {
      guard let outcome = errand.outcome else {
        go(on: errand.request)
        continue
      }
      managers[server]?.finished(errand.request.place, outcome, at: now)
    }
  }

  private mutating func go(on request: Request) {
    let limit = failover.resources[request.place].timeout(of: request.action)
    let (outcome, span): (ResourceOutcome?, TimeSpan) =
      switch ask(&world, request, now) {
      case .ends(let outcome, let span): (outcome, span)
      case .goesOn(let span): (nil, span)
      }
    let deadline = request.begun + limit
    errands.append(
      now + span > deadline
        ? (deadline, request, .timedOut(after: limit)) : (now + span, request, outcome))
  }
}
