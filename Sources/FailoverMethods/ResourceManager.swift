package import Packets
package import TopologyModel

/// The resources of a cluster at one of a pair of servers, as Pacemaker has them in a group: started one after
/// the other where the server is the active one, stopped the other way round, monitored, and restarted or left
/// to the other server where they fail. Which server is the active one their heartbeats decide; there is no
/// fencing, and a resource that cannot be stopped keeps the others from moving.
///
/// A state machine, as `Heartbeat` is: it runs no agent itself, and is told how those it asked for ended.
package struct ResourceManager: Hashable, Sendable {
  package enum Effect: Hashable, Sendable {
    /// Ask the agent of the resource at that place; `finished` is to be told of it.
    case run(ResourceAction, of: Int)
    /// Tell the peer.
    case send(HeartbeatPacket)
    /// Something went wrong.
    case tell(ProgramTrouble)
  }

  private enum Standing: Hashable, Sendable {
    /// Nobody has looked yet: a process before this one may have left it running.
    case unknown
    case stopped
    case running
    /// It is to be stopped, whatever it is.
    case failed
    /// It could not be stopped.
    case blocked
  }

  private struct Member: Hashable, Sendable {
    let resource: ClusterResource
    var standing = Standing.unknown
    /// What its agent is about.
    var action: ResourceAction?
    var nextMonitor = Timestamp.distantFuture
    var failures = 0
    var lastFailure: Timestamp?
    /// Whether it is not to run at this server, until its failures are forgotten.
    var isBanned = false

    var isStopped: Bool { standing == .stopped && action == nil }

    /// When its failures are forgotten.
    var amnesty: Timestamp {
      guard let lastFailure, let timeout = resource.failureTimeout else { return .distantFuture }
      return lastFailure + timeout
    }
  }

  private let priority: UInt8
  private let preempts: Bool
  private var heartbeat: Heartbeat
  private var members: [Member]
  /// Whether the peer, which has the higher priority, is to have them.
  private var isHandingOver = false
  /// Whether they are being started anew, for the peer had them, too.
  private var isRestarting = false
  /// Until when word of another active server is of what has been dealt with.
  private var calmUntil = Timestamp(nanoseconds: 0)
  private let calm: TimeSpan
  private var isBarred = false
  private var isEnding = false
  private var troubles: [ProgramTrouble] = []

  package init(
    _ failover: FailoverSettings, priority: UInt8, pair: UInt64, countingFrom start: UInt32,
    at now: Timestamp
  ) {
    self.priority = priority
    preempts = failover.preempts
    var watching = failover
    // The other is stopped first, on the word of who has the lower priority.
    watching.heartbeat.preempts = false
    watching.heartbeat.hasDyingBreath = true
    watching.announceCount = 1
    calm = failover.heartbeat.dead
    heartbeat = Heartbeat(
      watching, priority: priority, pair: pair, countingFrom: start, at: now)
    members = failover.resources.map { Member(resource: $0) }
  }

  package var isActive: Bool { heartbeat.isActive }

  /// Whether all of them run here.
  package var isRunning: Bool { members.allSatisfy { $0.standing == .running } }

  package func isRunning(_ place: Int) -> Bool { members[place].standing == .running }

  /// Whether it has ended, and all is stopped that can be.
  package var isOver: Bool { isEnding && (areStopped ? !heartbeat.isActive : isAtAnEnd) }

  package var nextDeadline: Timestamp {
    members.enumerated().reduce(heartbeat.nextDeadline) { next, each in
      let (place, member) = each
      let isMonitored = isWanted(place) && member.action == nil && member.standing == .running
      return min(next, isMonitored ? member.nextMonitor : next, member.amnesty)
    }
  }

  /// Whether what has come meanwhile is of the past; to be asked before anything is taken in.
  package func hasStoodStill(at now: Timestamp) -> Bool { heartbeat.hasStoodStill(at: now) }

  /// What is to be done at `now`; to be called until it returns `nil`.
  package mutating func step(at now: Timestamp) -> Effect? {
    repeat {
      settle(at: now)
      if !troubles.isEmpty { return .tell(troubles.removeFirst()) }
      guard let effect = heartbeat.step(at: now) else { break }
      switch effect {
      case .send(let packet): return .send(packet)
      case .claim: calmUntil = now + calm
      case .announce, .release: break
      }
    } while true
    guard let (place, action) = nextAction(at: now) else { return nil }
    members[place].action = action
    return .run(action, of: place)
  }

  /// Takes in what the peer said.
  package mutating func hear(_ packet: HeartbeatPacket, at now: Timestamp) {
    heartbeat.hear(packet, at: now)
    if isActive, packet.state == .active, calmUntil < now {
      // Both were (`multiple-active=stop_start`).
      calmUntil = now + calm
      isRestarting = true
    }
    if preempts, packet.state == .passive, packet.priority > priority, isActive, isRunning {
      isHandingOver = true
    }
  }

  /// Stops them, and leaves them to the peer; `isOver` tells when.
  package mutating func resign() { isEnding = true }
}

/// What is to be done.
extension ResourceManager {
  /// Whether they are to run here.
  private var areWanted: Bool { isActive && !isBarred && !isHandingOver && !isEnding }

  private var areStopped: Bool { members.allSatisfy(\.isStopped) }

  /// Whether the resource at that place is to run: those before it do.
  private func isWanted(_ place: Int) -> Bool {
    areWanted && !isRestarting && members[..<place].allSatisfy { $0.standing == .running }
  }

  /// Whether nothing more can be done: what could not be stopped keeps those before it from being stopped.
  private var isAtAnEnd: Bool {
    members.allSatisfy { $0.action == nil } && nextAction(at: .distantFuture) == nil
  }

  private mutating func settle(at now: Timestamp) {
    for place in members.indices where members[place].amnesty <= now {
      members[place].failures = 0
      members[place].lastFailure = nil
      members[place].isBanned = false
      if members[place].standing == .blocked { members[place].standing = .failed }
    }
    let isBanned = members.contains(where: \.isBanned)
    if isBanned, !isBarred { heartbeat.bar() }
    if !isBanned, isBarred { heartbeat.admit(at: now) }
    isBarred = isBanned
    guard areStopped else { return }
    isRestarting = false
    if isEnding {
      heartbeat.resign()
    } else if isActive, !areWanted {
      isHandingOver = false
      heartbeat.stepDown(at: now)
    }
  }

  private func nextAction(at now: Timestamp) -> (Int, ResourceAction)? {
    for (place, member) in members.enumerated() where member.action == nil {
      let isLast = members[(place + 1)...].allSatisfy(\.isStopped)
      let isWanted = isWanted(place)
      switch member.standing {
      case .unknown: return (place, .monitor)
      case .stopped where isWanted && isLast: return (place, .start)
      case .failed where isLast: return (place, .stop)
      case .running where !isWanted && isLast: return (place, .stop)
      case .running where isWanted && member.nextMonitor <= now: return (place, .monitor)
      default: continue
      }
    }
    return nil
  }
}

/// How actions ended.
extension ResourceManager {
  /// What the agent of the resource at that place was asked has ended; `words` are the last it said.
  package mutating func finished(
    _ place: Int, _ outcome: ResourceOutcome, words: String = "", at now: Timestamp
  ) {
    guard let action = members[place].action else { return }
    members[place].action = nil
    let wasUnknown = members[place].standing == .unknown
    switch (action, outcome) {
    case (.monitor, .success):
      members[place].standing = .running
      members[place].nextMonitor = now + members[place].resource.monitorEvery
    case (.monitor, .notRunning) where wasUnknown: members[place].standing = .stopped
    case (.monitor, _):
      // What is not installed does not run.
      members[place].standing =
        outcome == .notRunning || wasUnknown && outcome.isHard ? .stopped : .failed
      fail(place, to: wasUnknown ? "look for" : "keep", outcome, words, at: now)
      if !wasUnknown { count(place) }
    case (.start, .success):
      members[place].standing = .running
      members[place].nextMonitor = now
    case (.start, _):
      members[place].standing = .failed
      // `start-failure-is-fatal`, as Pacemaker has it unless it is told otherwise.
      members[place].isBanned = true
      fail(place, to: "take", outcome, words, at: now)
    case (.stop, .success): members[place].standing = .stopped
    case (.stop, _):
      members[place].standing = .blocked
      fail(place, to: "give up", outcome, words, at: now)
    }
  }

  private mutating func fail(
    _ place: Int, to deed: String, _ outcome: ResourceOutcome, _ words: String, at now: Timestamp
  ) {
    if outcome.isHard { members[place].isBanned = true }
    members[place].lastFailure = now
    let last = words.isEmpty ? "" : ": \(words)"
    troubles.append(
      ProgramTrouble(
        deed: deed, words: "\(members[place].resource.agent) \(outcome.words)\(last)"))
  }

  private mutating func count(_ place: Int) {
    members[place].failures += 1
    if let most = members[place].resource.migrationThreshold, members[place].failures >= most {
      members[place].isBanned = true
    }
  }
}
