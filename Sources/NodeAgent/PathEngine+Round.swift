import FailoverMethods
import LinuxNet
import Measurement
import Packets
import TopologyModel

/// One round: from the first claim to the end of the last transition asked for.
extension PathEngine {
  package enum RoundEnd: Sendable {
    case completed
    /// A signal came; what was measured until then has been told.
    case interrupted
  }

  /// The span before a turn from which on what is seen belongs to the turn: probes in flight as
  /// the VIP moves are its own.
  private var lead: TimeSpan { min(settings.failover.every / 10, settings.delayThreshold) }

  /// The least time with the first holder before the first transition.
  private var settle: TimeSpan { min(settings.failover.every / 2, .milliseconds(500)) }

  /// Runs until `transitions` are measured, for ever when it is `nil`, or until interrupted. The
  /// path is left without holder.
  package mutating func runRound(transitions: Int?) -> RoundEnd {
    let start = WallClock.now
    var method = Juggle(
      settings: settings.failover, servers: servers.count, start: start, settle: settle, lead: lead)
    let last = transitions.map { nextIndex + $0 }
    clockOffset = WallClock.offsetFromMonotonic
    nextProbe = .distantFuture
    nextSweep = start
    var isLastOver = false
    while !wasInterrupted && !isLastOver {
      while let step = method.step(at: WallClock.now) {
        if case .approach(let turn) = step, nextIndex == last {
          endLatest(at: turn.scheduled - lead, closed: turn.scheduled - lead)
          isLastOver = true
          break
        }
        perform(step)
      }
      tellClaim()
      turnOver(until: method.nextDeadline)
    }
    drain()
    releaseAll()
    return wasInterrupted ? .interrupted : .completed
  }

  /// Sends what is due, waits for what comes first and takes it in.
  private mutating func turnOver(until deadline: Timestamp) {
    sendDue(WallClock.now)
    let now = WallClock.now
    if nextSweep <= now { sweep(now) }
    let next = min(deadline, min(nextProbe, nextSweep))
    let ready = poll.wait(timeout: next - now)
    for index in 0..<ready { handle(tag: poll.tag(index)) }
    fold(WallClock.now)
  }

  /// Sends nothing more and waits until every probe is answered or given up.
  private mutating func drain() {
    let stop = WallClock.now
    nextProbe = .distantFuture
    for index in probers.indices { probers[index].pause() }
    endLatest(at: stop, closed: stop)
    while probers.indices.contains(where: { !probers[$0].ring.isEmpty }),
      WallClock.now - stop <= PathEngine.replyTimeout + .milliseconds(100)
    {
      turnOver(until: WallClock.now + .milliseconds(5))
    }
    sweep(WallClock.now)
    complete(drained: true)
  }

  private mutating func perform(_ step: FailoverStep) {
    switch step {
    case .approach(let turn): begin(turn)
    case .release(let server): release(server)
    case .claim(let turn): claim(turn)
    case .announce(let server): announce(server)
    case .heal(let server): heal(server)
    }
  }

  private mutating func begin(_ turn: Turn) {
    let begin = turn.scheduled - lead
    endLatest(at: begin, closed: turn.scheduled)
    open.append(
      OpenTransition(
        index: nextIndex, turn: turn, begin: begin, newHolder: ports[servers[turn.to]].node,
        ports: ports.count))
    nextIndex += 1
    for port in entries.indices {
      if let entry = entries[deciders[port]] {
        open[open.count - 1].windows[port].recordEntry(entry)
      }
    }
    let expected = turn.scheduled + max(.zero, .zero - settings.failover.overlap)
    setStuckDeadline(from: expected)
  }

  /// Ends the transition under way, unless it has ended.
  private mutating func endLatest(at end: Timestamp, closed: Timestamp) {
    guard let index = open.indices.last, open[index].end == .distantFuture else { return }
    open[index].end = end
    open[index].closed = closed
  }

  /// A transition is stuck from `stuckAfter` after the first announcement on, or, should there be
  /// none, after the instant at which it was due.
  private mutating func setStuckDeadline(from instant: Timestamp) {
    guard let index = open.indices.last else { return }
    for window in open[index].windows.indices {
      open[index].windows[window].stuckDeadline = instant + settings.failover.stuckAfter
    }
  }

  private mutating func claim(_ turn: Turn) {
    let port = servers[turn.to]
    // Whether or not the claim succeeds: a first holder that has nothing is to be seen as missing.
    if turn.from == nil { beginProbing() }
    probers[port].pause()
    let before = WallClock.now
    guard attempt("take", at: port, { () throws(KernelError) in try ports[port].claim() }) else {
      return
    }
    let added = WallClock.now
    holdings[port].begin(at: before)
    if let index = open.indices.last, turn.from != nil {
      open[index].addressAdded = added
      for window in open[index].windows.indices { open[index].windows[window].taken = added }
    }
    claimed = Claim(
      at: added, scheduled: turn.scheduled, from: turn.from.map { ports[servers[$0]].name },
      to: ports[port].name)
  }

  /// Tells of the latest claim: after its announcement, which is not to wait for whoever listens.
  private mutating func tellClaim() {
    if let claimed { tell(.claimed(claimed)) }
    claimed = nil
  }

  private mutating func release(_ server: Int) {
    let port = servers[server]
    if attempt("give up", at: port, { () throws(KernelError) in try ports[port].release() }) {
      let removed = WallClock.now
      holdings[port].end(at: removed)
      if let index = open.indices.last { open[index].addressRemoved = removed }
    }
    // The new holder of an IPv6 address is about to join the group that asks for it.
    let patience = ports[port].vip.family == .v4 ? TimeSpan.zero : PathEngine.readiness
    probers[port].resume(from: WallClock.now + patience)
  }

  /// Whether the kernel did it; a refusal, as when somebody has taken the interface away, ends no
  /// run.
  private func attempt(
    _ deed: String, at port: Int, _ body: () throws(KernelError) -> Void
  ) -> Bool {
    do {
      try body()
      return true
    } catch {
      tell(.warning("\(ports[port].name) could not \(deed) \(ports[port].vip): \(error)"))
      return false
    }
  }

  private mutating func announce(_ server: Int) {
    let port = servers[server]
    guard holdings[port].isOpen else { return }
    let now = WallClock.now
    do {
      guard try ports[port].announce() else { return }
    } catch {
      tell(.warning("\(ports[port].name): the announcement was not sent: \(error)"))
      return
    }
    guard let index = open.indices.last, open[index].turn.to == server,
      open[index].announced == nil
    else { return }
    open[index].announced = now
    setStuckDeadline(from: now)
  }

  /// Every node that is helped pings the new holder's own address.
  private mutating func heal(_ server: Int) {
    let holder = servers[server]
    guard holdings[holder].isOpen else { return }
    let now = WallClock.now
    for port in ports.indices where port != holder {
      guard let echo = ports[port].echo else { continue }
      do {
        try echo.ping(ports[holder].address)
      } catch {
        tell(.warning("\(ports[port].name): \(error)"))
        continue
      }
      guard let window = transition(at: now), open[window].turn.to == server else { continue }
      open[window].windows[port].recordHealing(at: now)
      open[window].evidence[port].append(
        Evidence(at: now, event: "pinged \(ports[holder].name)'s own \(ports[holder].address)"))
    }
  }

  /// A kernel that gets an IPv6 address joins the group that asks for it a moment later; who asks
  /// sooner asks again after a second.
  private static let readiness = TimeSpan.milliseconds(10)

  private mutating func beginProbing() {
    nextProbe = WallClock.now + PathEngine.readiness
    for index in probers.indices { probers[index].resume(from: nextProbe) }
  }

  private mutating func releaseAll() {
    for port in ports.indices where holdings[port].isOpen {
      _ = attempt("give up", at: port) { () throws(KernelError) in try ports[port].release() }
      holdings[port].end(at: WallClock.now)
    }
    // What the kernel tells of these releases must not be taken for news in the next round.
    for port in ports.indices { followChanges(at: port) }
  }
}
