import FailoverMethods
import LinuxNet
import Measurement
import Packets
import TopologyModel

/// The VIP, and the order of a round.
extension NodeEngine {
  mutating func obey(_ order: AgentOrder) {
    switch order {
    case .begin(let round): begin(round)
    case .adjust(let ahead): adjust(to: ahead)
    case .handOver(let turn): tell(.handOver(turn))
    case .probe(let instant, let holder):
      guard !holding.isOpen else { return }
      learn(holder)
      stream?.resume(from: instant + ahead)
    case .fault(let fault): tell(.fault(fault))
    case .end(let instant): end = instant + ahead
    case .stop: stop()
    case .keep(let transition, let begin, let end):
      guard let recorder = port.recorder else { return }
      kept.append((transition, recorder.frames(from: begin, to: end)))
    case .rest: rest()
    }
  }

  private mutating func tell(_ input: FailoverInput) {
    agent?.receive(input, at: WallClock.now - ahead)
    awaitMove()
  }

  private mutating func begin(_ round: Round) {
    // What it holds of another is no turn of this one's.
    if phase != .resting { rest() }
    followChanges()
    buffer.clear()
    let now = WallClock.now
    phase = .running
    ahead = round.ahead
    end = round.end.map { $0 + ahead } ?? .distantFuture
    nextFlush = now
    watch.begin(at: now)
    beginMoving(round)
    arrivals = ArrivalRuns(settings)
    reflections = ReflectionRuns(nodes: settings.nodes)
    do {
      let entry = try port.neighbourEntry()
      follow(entry: entry ?? NeighbourView(at: now, mac: nil, state: nil))
      if try port.hasVIP() { begin(foreignHoldingAt: now) }
    } catch {
      buffer.append(.blurred(at: now, reason: "\(error)"))
    }
  }

  private mutating func beginMoving(_ round: Round) {
    longestStall = NodeEngine.longestStall(under: round.failover)
    guard let failover = round.failover else {
      stream?.resume(from: round.start + ahead)
      return
    }
    port.announce(as: failover.form)
    daemon = port.daemons[failover.method]
    script = failover.method == .script ? port.script : nil
    guard !failover.method.isOfDaemons else {
      agent = FaultInjection()
      daemon?.start()
      return
    }
    let (first, holder): (Timestamp, ServerIndex)
    if let given = round.holder {
      holder = given
      agent = Handover(
        settings: failover, seat: settings.seat, holder: holder, start: round.start)
      first = round.start
    } else {
      let schedule = JuggleSchedule(
        every: failover.every, servers: settings.servers.count, start: round.start,
        settle: round.settle)
      agent = Juggle(settings: failover, schedule: schedule, seat: settings.seat)
      holder = schedule.turn(0).holder
      first = max(round.start, schedule.first + failover.gap)
    }
    awaitMove()
    let address = settings.servers[holder.rawValue]
    if holder != settings.seat, let node = peers[address] { learn(node) }
    stream?.resume(from: first + ahead + NodeEngine.readiness)
  }

  private mutating func learn(_ holder: NodeID) {
    guard settings.isToldOfHolder,
      let mac = settings.peers.first(where: { $0.node == holder })?.mac
    else { return }
    _ = attempt("learn who has") { port throws(KernelError) in
      try port.learn(holder: mac)
      return true
    }
  }

  private mutating func awaitMove() {
    guard let deadline = agent?.nextDeadline, deadline < .distantFuture else {
      nextMove = .distantFuture
      return
    }
    nextMove = deadline + ahead
  }

  private mutating func adjust(to ahead: TimeSpan) {
    if end < .distantFuture { end = end + (ahead - self.ahead) }
    self.ahead = ahead
    awaitMove()
  }

  /// The new holder is about to take the VIP, and a kernel that gets an IPv6 address joins the group
  /// that asks for it a moment later; who asks sooner asks again after a second.
  private static let readiness = TimeSpan.milliseconds(10)

  private mutating func stop() {
    guard phase == .running else { return }
    phase = .stopping
    end = .distantFuture
    agent = nil
    nextMove = .distantFuture
    stream?.pause()
    nextFlush = WallClock.now
  }

  private mutating func rest() {
    stop()
    setService(.alive)
    if isSlow { slow(by: nil) }
    daemon?.end()
    if let script {
      if holding.isOpen { script.run(.release) }
      script.finish()
    }
    // What it did last the kernel has told by now.
    followChanges()
    if holding.isOpen {
      _ = attempt("give up") { port throws(KernelError) in try port.release() }
      holding.end(at: WallClock.now)
    }
    // What the kernel tells of this must not be taken for news in the next round.
    followChanges()
    buffer.clear()
    phase = .resting
    nextFlush = .distantFuture
  }

  /// Does what is due of the VIP.
  mutating func move(_ now: Timestamp, with packets: borrowing PacketBatch) {
    if end <= now { stop() }
    // What came while it had the VIP is answered before it gives it up, or the machine's lateness is the path's.
    if nextMove <= now { drain(.reflector, packets) }
    while nextMove <= now, let effect = agent?.step(at: now - ahead) {
      perform(effect)
      awaitMove()
    }
  }

  private mutating func perform(_ effect: FailoverEffect) {
    switch effect {
    case .claim where script != nil: script?.run(.claim)
    case .release where script != nil: script?.run(.release)
    case .announce where script != nil: break
    case .claim(let due): claim(due: due)
    case .release: release()
    case .announce: announce()
    case .heal(let server): heal(server)
    case .breakDown(let fault, let due): breakDown(fault, due: due)
    case .plug(let isIn): plug(isIn: isIn)
    case .slow(let by): slow(by: by)
    case .mend(let fault, let due): mend(fault, due: due)
    }
  }

  private mutating func claim(due: Timestamp) {
    stream?.pause()
    let before = WallClock.now
    guard let isChanged = attempt("take", { port throws(KernelError) in try port.claim() }) else {
      agent?.receive(.claimRefused, at: before - ahead)
      return
    }
    if isChanged { watch.expectedAdditions += 1 }
    holding.begin(at: before)
    buffer.append(.claimed(at: WallClock.now, due: due))
    dropUnresolved()
  }

  /// Probes that nobody could be found for wait in the kernel. The next announcement would send them off a
  /// turn late, and from a holder; and the question for who sent them, asked in the VIP's name, is one that
  /// Linux does not answer while it has the VIP itself: its own answers then fail for a second.
  mutating func dropUnresolved() {
    guard !watch.isResolved else { return }
    do {
      try port.dropUnresolved()
    } catch {
      buffer.append(.blurred(at: WallClock.now, reason: "\(error)"))
    }
  }

  mutating func release() {
    if let isChanged = attempt("give up", { port throws(KernelError) in try port.release() }) {
      let removed = WallClock.now
      holding.end(at: removed)
      // What somebody else took away before was told of then.
      if isChanged {
        watch.expectedRemovals += 1
        buffer.append(.released(at: removed))
      }
    }
    stream?.resume(from: WallClock.now + NodeEngine.readiness)
  }

  /// What the kernel did; a refusal, as when somebody has taken the interface away, ends no run.
  private mutating func attempt(
    _ deed: String, _ body: (PathPort) throws(KernelError) -> Bool
  ) -> Bool? {
    do {
      return try body(port)
    } catch {
      buffer.append(.refused(deed: deed, at: WallClock.now, reason: "\(error)"))
      return nil
    }
  }

  private mutating func announce() {
    guard holding.isOpen else { return }
    let now = WallClock.now
    do {
      if try port.announce() { buffer.append(.announced(at: now)) }
    } catch {
      buffer.append(.refused(deed: "announce", at: now, reason: "\(error)"))
    }
  }

  /// Pings the own address of the server that holds the VIP.
  private mutating func heal(_ server: ServerIndex) {
    guard let echo = port.echo else { return }
    let now = WallClock.now
    do {
      try echo.ping(settings.servers[server.rawValue])
      buffer.append(.pinged(server: server, at: now))
    } catch {
      buffer.append(.refused(deed: "ping the holder of", at: now, reason: "\(error)"))
    }
  }
}
