import FailoverMethods
package import LinuxNet
package import Measurement
import NodeAgent
import Packets
package import Records
package import TopologyModel

/// A path under measurement: gives its agents their orders, feeds the ledger with what they saw, and
/// tells what comes of it. It touches no socket and no clock but this machine's.
package final class PathControl {
  package enum RoundEnd: Sendable {
    case completed
    /// A signal came; what was measured until then has been told.
    case interrupted
  }

  let roster: PathRoster
  private let fleet: any Fleet
  private let interruption: Interruption
  private let keepsCaptures: Bool
  private let journal: (JournalEntry) -> Void
  private let tell: (PathNews) -> Void
  private var ledger: TransitionLedger
  private var live: LiveWatch
  private var resting: Set<NodeID> = []
  private var lost: Set<NodeID> = []
  /// Those of them that may come back, and those that are back and wait for the next round.
  private var awaited: Set<NodeID> = []
  private var returned: Set<NodeID> = []
  /// Why each is lost, as it was told.
  private var losses: [NodeID: String] = [:]
  private var alignment = ClockAlignment()
  /// How the VIP moves in this round, and how many of its turns were told of; `nil` between rounds.
  private var moves: (failover: FailoverSettings, plan: MovePlan, told: Int)?
  /// When the round ends, and whether it was ended before its time.
  private(set) var end: Timestamp?
  private(set) var isStopped = false
  /// Whether somebody has answered, and the latest silence that was told of.
  private(set) var hasHeard = false
  private var outageTold: Timestamp?
  private(set) var lastRemark: String?
  /// Probes that did not leave their node, and the latest reason.
  private(set) var unsent: WatchDescription.Unsent?
  /// Packets that came to the port of its probes and were not of this run, or were sent again.
  private(set) var foreignPackets = 0
  /// Who was seen to answer one probe with whom.
  private(set) var contests: [[String]] = []
  /// By the numbers of their transitions.
  private var captures: [Int: TransitionCapture] = [:]
  /// When, and how far, all nodes had told everything last.
  private var progress = (at: Timestamp(nanoseconds: 0), frontier: Timestamp(nanoseconds: 0))

  /// How long agents may be silent when they are to tell the last they know.
  static let patience = TimeSpan.seconds(10)
  /// How long a round waits for nodes without which nothing can move.
  private static let longPatience = TimeSpan.seconds(60)
  static let pollInterval = TimeSpan.milliseconds(50)

  package init(
    _ roster: PathRoster, fleet: any Fleet, interruption: Interruption,
    keepsCaptures: Bool = false,
    journal: @escaping (JournalEntry) -> Void = { _ in }, tell: @escaping (PathNews) -> Void
  ) {
    self.roster = roster
    self.fleet = fleet
    self.interruption = interruption
    self.keepsCaptures = keepsCaptures
    self.journal = journal
    self.tell = tell
    ledger = TransitionLedger(roster)
    live = LiveWatch(roster)
  }

  /// Moves the VIP as `failover` says until `transitions` are measured, for ever when it is `nil`, or until interrupted. The
  /// path is left without holder.
  package func runRound(_ failover: FailoverSettings, transitions: Int?) -> RoundEnd {
    // Who was lost while the path was at rest.
    for (node, report) in fleet.receive(within: .zero) { take(report, from: node) }
    let limit = WallClock.monotonic + PathControl.longPatience
    while !canMove, !awaited.isEmpty, !interruption.hasCome, WallClock.monotonic < limit {
      for (node, report) in fleet.receive(within: PathControl.pollInterval) {
        take(report, from: node)
      }
    }
    guard canMove else {
      tell(.warning("a round is left out: there are no two servers"))
      return .interrupted
    }
    let start = WallClock.now
    let settle = fleet.settle(of: failover.every)
    let plan = MovePlan(
      failover, servers: roster.servers.count, start: start, settle: settle)
    let end = transitions.map { plan.turn($0 + 1).scheduled - roster.lead }
    moves = (failover, plan, told: 0)
    let holder = plan.isAskedFor ? plan.turn(0).holder : nil
    begin(Round(start: start, settle: settle, end: end, holder: holder))
    while !isOver {
      tellOfTurns(before: min(self.end ?? .distantFuture, WallClock.now + 2 * failover.every))
      collect()
    }
    moves = nil
    beginRest()
    let deadline = WallClock.now + PathControl.patience
    while !isAtRest, WallClock.now < deadline { collect() }
    return isStopped ? .interrupted : .completed
  }

  private func order(_ order: AgentOrder) {
    for member in roster.members where !lost.contains(member.node) {
      fleet.send(order, to: member.node)
    }
  }

  /// Asks for the turns of the round that begin before `horizon`, where they are to be asked for, and
  /// lets the ledger know.
  private func tellOfTurns(before horizon: Timestamp) {
    guard let (_, plan, told) = moves else { return }
    var number = told
    while plan.turn(number + 1).scheduled < horizon {
      number += 1
      let turn = plan.turn(number)
      if plan.isAskedFor { order(.handOver(turn: turn)) }
      let disturbance = Disturbance(
        plan.isAskedFor ? .requested : .scheduled, at: turn.scheduled,
        from: roster.server(plan.turn(number - 1).holder)?.node,
        to: roster.server(turn.holder)?.node)
      journal(.disturbed(path: roster.path, disturbance: disturbance))
      ledger.disturb(disturbance)
    }
    moves?.told = number
  }

  private func close(at instant: Timestamp, isInterrupted: Bool) {
    journal(.ended(path: roster.path, at: instant, isInterrupted: isInterrupted))
    ledger.end(at: instant, isInterrupted: isInterrupted)
  }

  /// Whether what is known has come no further for long after `end`.
  private func hasStopped(since end: Timestamp) -> Bool {
    if ledger.frontier > progress.frontier { progress = (WallClock.now, ledger.frontier) }
    return WallClock.now - max(end, progress.at) > PathControl.patience
  }

  /// Judges what there is without those that are silent.
  private func abandon() {
    let silent = ledger.behind.isEmpty ? lost.sorted() : ledger.behind
    let names = silent.map(roster.name)
    let subject = names.count > 3 ? "\(names.count) nodes" : names.joined(separator: ", ")
    tell(
      .warning(
        "nothing was heard of \(subject) for \(PathControl.patience): what they saw is missing"))
    journal(.abandoned(path: roster.path))
    ledger.abandon()
    finish()
  }
}

/// A round, step by step.
extension PathControl {
  func begin(_ round: Round) {
    live.begin(at: round.start)
    end = round.end
    isStopped = false
    for node in returned.sorted() { rejoin(node, at: round.start) }
    returned = []
    for member in roster.members where !lost.contains(member.node) {
      begin(round, at: member.node)
    }
    if let end { close(at: end, isInterrupted: false) }
  }

  private func begin(_ round: Round, at node: NodeID) {
    var round = round
    round.ahead = ledger.clocks.ahead(node, at: WallClock.now)
    alignment.begin(node, ahead: round.ahead)
    fleet.send(.begin(round: round), to: node)
  }

  /// Tells the nodes of clocks that have drifted, or are better known by now: what passes between them tells
  /// of their clocks what their lines do not.
  private func align() {
    guard !isStopped else { return }
    let now = WallClock.now
    for (node, ahead) in alignment.adjustments({ ledger.clocks.ahead($0, at: now) })
    where !lost.contains(node) { fleet.send(.adjust(ahead: ahead), to: node) }
  }

  /// Whether all is told and judged.
  var isOver: Bool { end != nil && ledger.isIdle }

  /// Does what is due, and tells what has come of it.
  func advance() {
    live.tell(at: WallClock.now, tell)
    finish()
    if interruption.hasCome { stop() }
    if let end, hasStopped(since: end) { abandon() }
  }

  private func stop() {
    guard !isStopped else { return }
    isStopped = true
    end = WallClock.now
    order(.stop)
    close(at: WallClock.now, isInterrupted: true)
  }

  /// Everybody gives up the VIP, after handing over what was asked for.
  func beginRest() {
    resting = lost
    alignment.end()
    order(.rest)
    live.end(tell)
  }

  var isAtRest: Bool { resting.count == roster.members.count }
}

/// Reports up.
extension PathControl {
  private func collect() {
    for (node, report) in fleet.receive(within: PathControl.pollInterval) {
      take(report, from: node)
    }
    align()
    advance()
  }

  func take(_ report: AgentReport, from node: NodeID) {
    switch report {
    case .observed(let all):
      for observation in all { take(observation, from: node) }
    case .kept(let transition, let frames): write(frames, of: transition, at: node)
    case .rested: resting.insert(node)
    case .clocked(let exchange):
      journal(.clocked(path: roster.path, node: node, exchange: exchange))
      ledger.clocks.record(node, exchange)
    case .resumed(let span):
      tell(
        .warning(
          "the line to \(roster.name(of: node)) was cut for \(span.inMilliseconds); it has gone on "
            + "meanwhile"))
    case .lost(let reason, let isTried): lose(node, reason, isTried: isTried)
    case .returned(let span): rejoin(node, after: span)
    }
  }

  /// The others go on, as long as there are two servers, or may be again.
  private func lose(_ node: NodeID, _ reason: String, isTried: Bool) {
    if isTried { awaited.insert(node) } else { awaited.remove(node) }
    returned.remove(node)
    let isNews = losses.updateValue(reason, forKey: node) != reason
    if lost.insert(node).inserted {
      resting.insert(node)
      let more = isTried ? "; it is being tried to set it up anew" : ""
      tell(.warning("\(roster.name(of: node)) is lost: \(reason)\(more)"))
      journal(.lost(path: roster.path, node: node))
      ledger.lose(node)
    } else if !isTried {
      tell(.warning("\(roster.name(of: node)) is not tried any longer: \(reason)"))
    } else if isNews {
      tell(.warning("\(roster.name(of: node)): \(reason)"))
    }
    if !canMove, awaited.isEmpty, end != nil || !ledger.isIdle { stop() }
    guard lost.count == roster.members.count, awaited.isEmpty else { return }
    // Nobody tells anything more.
    journal(.abandoned(path: roster.path))
    ledger.abandon()
  }

  /// It takes part again from the next turn on, and counts from the one after; or the next round.
  private func rejoin(_ node: NodeID, after span: TimeSpan) {
    guard lost.remove(node) != nil else { return }
    awaited.remove(node)
    tell(
      .warning(
        "\(roster.name(of: node)) is back, set up anew \(span.inMilliseconds) after it was lost"
      ))
    guard let (failover, plan, told) = moves, !isStopped else {
      returned.insert(node)
      return
    }
    let (now, every) = (WallClock.now, failover.every)
    resting.remove(node)
    var round = Round(start: now, settle: every, end: end)
    let first: Timestamp
    if plan.isAskedFor {
      // Those that are told of are two ahead at most.
      let turns = (max(0, told - 3)...told).map(plan.turn)
      let ahead = turns.filter { now < $0.scheduled }
      round.holder = turns.last { $0.scheduled <= now }?.holder
      begin(round, at: node)
      for turn in ahead { fleet.send(.handOver(turn: turn), to: node) }
      first = ahead.first?.scheduled ?? now
    } else {
      begin(round, at: node)
      first =
        JuggleSchedule(every: every, servers: roster.servers.count, start: now, settle: every)
        .first
    }
    // Tunnels have come up and neighbours are learned in its first turn: that is not the path's doing. What
    // belongs to the next begins a little before it.
    rejoin(node, at: first + every - 2 * roster.lead)
  }

  private func rejoin(_ node: NodeID, at instant: Timestamp) {
    journal(.returned(path: roster.path, node: node, at: instant))
    ledger.rejoin(node, at: instant)
  }

  /// Whether there are two servers yet.
  private var canMove: Bool { roster.servers.count { !lost.contains($0.node) } >= 2 }

  private func finish() {
    tellOfAnswers()
    for finished in ledger.completed() {
      if keepsCaptures, finished.record.isSlow { keep(finished) }
      tell(.transition(finished.record))
    }
  }

  private func take(_ observation: Observation, from node: NodeID) {
    journal(.observed(path: roster.path, node: node, observation: observation))
    if case .remarked(_, let what, _) = observation { lastRemark = what }
    if case .fault(.notSent(let probes, let reason), _, _) = observation {
      lastRemark = "probes do not leave this host: \(reason)"
      // More come of no node.
      let counted = (0...1_000_000).contains(probes) ? probes : 0
      unsent = WatchDescription.Unsent(probes: (unsent?.probes ?? 0) + counted, reason: reason)
    }
    if case .foreign(_, let packets) = observation { count(foreign: packets, at: node) }
    ledger.take(observation, from: node)
    if case .contested(let instant, let one, let other) = observation {
      let names = [ledger.name(of: one), ledger.name(of: other)].sorted()
      if !contests.contains(names) {
        contests.append(names)
        tell(.contested(names[0], names[1], at: instant))
      }
    }
    if case .fates(let run) = observation, roster.outside != nil {
      tell(.decided(run, by: ledger.author(of: run)))
    }
    live.follow(observation, of: node, tell)
  }

  private func count(foreign packets: Int, at node: NodeID) {
    if foreignPackets == 0 {
      tell(
        .warning(
          "packets come to the port of its probes at \(roster.name(of: node)) that are not of this "
            + "run, or were sent again; they are counted, and change nothing"))
    }
    // More come of no network.
    if (0...1_000_000).contains(packets) { foreignPackets += packets }
  }

  /// Of a path that is watched from outside: that answers come, or come no longer.
  private func tellOfAnswers() {
    if !hasHeard, let answer = ledger.firstAnswer {
      hasHeard = true
      tell(.answering(by: answer.by, at: answer.at))
    }
    guard let outage = ledger.outage, outage.since != outageTold else { return }
    outageTold = outage.since
    tell(.silent(since: outage.since, before: outage.before))
  }

  /// Probes that belong to no transition.
  var aside: ProbeCount { ledger.aside }

  /// Those before anybody had answered.
  var unheard: ProbeCount { ledger.unheard }

  /// How long a host that watches the VIP held it itself.
  func heldItself(until now: Timestamp) -> TimeSpan { ledger.heldItself(until: now) }

  private func keep(_ finished: TransitionLedger.Finished) {
    let capture = TransitionCapture(finished, on: roster)
    captures[finished.record.index] = capture
    for member in roster.members where !lost.contains(member.node) {
      let ahead = ledger.clocks.ahead(member.node, at: capture.begin)
      fleet.send(
        .keep(
          transition: finished.record.index, begin: capture.begin + ahead,
          end: capture.end + ahead), to: member.node)
    }
  }

  private func write(_ frames: KeptFrames, of transition: Int, at node: NodeID) {
    guard let member = roster.member(node), let capture = captures[transition] else { return }
    // The frames of all nodes by one clock.
    let ahead = ledger.clocks.ahead(node, at: capture.begin)
    guard
      let file = captures[transition]?.file(
        of: ahead == .zero ? frames : frames.moved(by: .zero - ahead), at: member)
    else { return }
    tell(.capture(file))
    if captures[transition]?.awaited.isEmpty ?? false { captures[transition] = nil }
  }
}
