package import Packets
package import TopologyModel

/// One of a pair of servers that watch each other. The active one holds the VIP and says so; the passive
/// one takes it when it has heard of no active one for the dead time. Where both are active, as after a
/// partition that has healed or a process that stood still, the one of the lower priority gives the VIP
/// up, and the other announces it anew: what clients heard last may have been the other's word.
///
/// A state machine, as `FailoverAgent`s are, of a process of its own that may be stopped and killed.
package struct Heartbeat: Hashable, Sendable {
  package enum Effect: Hashable, Sendable {
    case claim
    case release
    /// Tell the segment who holds the VIP.
    case announce
    /// Tell the peer.
    case send(HeartbeatPacket)
  }

  private enum Role: Hashable, Sendable { case passive, active, ended }

  private let settings: HeartbeatSettings
  private let priority: UInt8
  private let pair: UInt64
  private var role = Role.passive
  /// Whether it must not take the VIP for now.
  private var isBarred = false
  /// When the peer was heard to be active last, or this began to listen.
  private var heard: Timestamp
  private var nextBeat: Timestamp
  /// How often it has given the VIP up to the peer, from any number on, and what the peer says of that.
  private var yields: UInt32
  private var peerYields: UInt32?
  private var announcements: AnnouncementSeries
  /// What is to be done at once, in order.
  private var pending: [Effect]

  /// `start` is a number that another process in its place would hardly count from.
  package init(
    _ failover: FailoverSettings, priority: UInt8, pair: UInt64, countingFrom start: UInt32,
    at now: Timestamp
  ) {
    settings = failover.heartbeat
    self.priority = priority
    self.pair = pair
    yields = start
    self.announcements = AnnouncementSeries(failover)
    heard = now
    nextBeat = now
    // What a process before it left.
    pending = [.release]
  }

  package var isActive: Bool { role == .active }

  package var nextDeadline: Timestamp {
    guard pending.isEmpty else { return Timestamp(nanoseconds: 0) }
    return switch role {
    case .passive: isBarred ? nextBeat : min(nextBeat, takeover)
    case .active: min(nextBeat, announcements.next)
    case .ended: .distantFuture
    }
  }

  /// When the passive one takes the VIP, if it hears nothing: the one of the lower priority a little
  /// later (Skew_Time of RFC 5798, section 6.1).
  private var takeover: Timestamp { heard + settings.patience(priority: priority) }

  /// Whether its process has not been served for so long that what it knows, and what has come
  /// meanwhile, is of the past. To be asked before anything that came is taken in.
  package func hasStoodStill(at now: Timestamp) -> Bool {
    role != .ended && now - nextBeat > settings.dead
  }

  /// What is due at or before `now`; to be called until it returns `nil`.
  package mutating func step(at now: Timestamp) -> Effect? {
    if hasStoodStill(at: now) {
      // A passive one has not listened: it waits again. An active one goes on.
      heard = now
      nextBeat = now
    }
    if !pending.isEmpty { return pending.removeFirst() }
    if role == .passive, !isBarred, takeover <= now {
      activate(at: now)
      return pending.removeFirst()
    }
    if role == .active, announcements.take(at: now) { return .announce }
    guard role != .ended, nextBeat <= now else { return nil }
    nextBeat = now + settings.every
    return .send(packet(role == .active ? .active : isBarred ? .barred : .passive))
  }

  /// Takes in what the peer said.
  package mutating func hear(_ packet: HeartbeatPacket, at now: Timestamp) {
    guard packet.pair == pair, role != .ended else { return }
    let hasYielded = peerYields.map { $0 != packet.yields } ?? false
    peerYields = packet.yields
    switch (role, packet.state) {
    case (.passive, .active):
      heard = now
      if settings.preempts, !isBarred, packet.priority < priority { activate(at: now) }
    case (.passive, .resigned) where !isBarred: activate(at: now)
    case (.active, .active) where packet.priority > priority: yield(at: now)
    case (.active, _) where packet.state == .active || hasYielded: announcements.begin(at: now)
    default: break
    }
  }

  /// Somebody else took the VIP away here: an active one takes it again, and announces it.
  package mutating func lose(at now: Timestamp) {
    guard role == .active else { return }
    announcements.begin(at: now)
    pending.append(.claim)
  }

  /// It has given the VIP up, and leaves it to the peer.
  package mutating func stepDown(at now: Timestamp) {
    guard role == .active else { return }
    pending.append(.send(packet(.resigned)))
    role = .passive
    heard = now
  }

  /// It is not to take the VIP, until `admit`.
  package mutating func bar() { isBarred = true }

  /// It may take the VIP again, when it has heard of no holder for the dead time from now on.
  package mutating func admit(at now: Timestamp) {
    isBarred = false
    heard = now
  }

  /// Ends in good order: the peer need not wait for the dead time.
  package mutating func resign() {
    if role == .active { pending = [.release, .send(packet(.resigned))] }
    role = .ended
  }

  private mutating func activate(at now: Timestamp) {
    role = .active
    announcements.begin(at: now)
    nextBeat = now
    pending.append(.claim)
  }

  private mutating func yield(at now: Timestamp) {
    yields = yields &+ 1
    // Its dying breath: the peer learns that it was active, and announces the VIP again.
    if settings.hasDyingBreath { pending.append(.send(packet(.active))) }
    pending.append(.release)
    role = .passive
    heard = now
  }

  private func packet(_ state: HeartbeatPacket.State) -> HeartbeatPacket {
    HeartbeatPacket(
      state: state, priority: priority,
      // Said with every word, so that one that is lost is no harm.
      yields: settings.hasDyingBreath ? yields : 0, pair: pair)
  }
}
