import FailoverMethods
package import LinuxNet
package import Measurement
import NodeAgent
package import Packets
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
  let fleet: any Fleet
  let interruption: Interruption
  let keepsCaptures: Bool
  let journal: (JournalEntry) -> Void
  let tell: (PathNews) -> Void
  var ledger: TransitionLedger
  var live: LiveWatch
  var resting: Set<NodeID> = []
  var lost: Set<NodeID> = []
  /// Those of them that may come back, and those that are back and wait for the next round.
  var awaited: Set<NodeID> = []
  var returned: Set<NodeID> = []
  /// Why each is lost, as it was told.
  var losses: [NodeID: String] = [:]
  var alignment = ClockAlignment()
  /// How the VIP moves in this round, and how many of its turns were told of; `nil` between rounds, and where
  /// daemons decide.
  var moves: (failover: FailoverSettings, plan: MovePlan, told: Int)?
  /// Of whatever is left to chance, and how many faults have been made.
  let seed: UInt64
  var faultsMade = 0
  /// What breaks in this round, where they do.
  var faults: FaultRound?
  /// When the round ends, and whether it was ended before its time.
  var end: Timestamp?
  var isStopped = false
  /// Whether somebody has answered, and the latest silence that was told of.
  var hasHeard = false
  var outageTold: Timestamp?
  var lastRemark: String?
  /// Probes that did not leave their node, and the latest reason.
  var unsent: WatchDescription.Unsent?
  /// Packets that came to the port of its probes and were not of this run, or were sent again.
  var foreignPackets = 0
  /// Who was seen to answer one probe with whom.
  var contests: [[String]] = []
  /// By the numbers of their transitions.
  var captures: [Int: TransitionCapture] = [:]
  /// When, and how far, all nodes had told everything last.
  var progress = (at: Timestamp(nanoseconds: 0), frontier: Timestamp(nanoseconds: 0))

  /// How long agents may be silent when they are to tell the last they know.
  static let patience = TimeSpan.seconds(10)
  /// How long a round waits for nodes without which nothing can move.
  private static let longPatience = TimeSpan.seconds(60)
  static let pollInterval = TimeSpan.milliseconds(50)

  package init(
    _ roster: PathRoster, fleet: any Fleet, interruption: Interruption,
    keepsCaptures: Bool = false, seed: UInt64 = 0,
    journal: @escaping (JournalEntry) -> Void = { _ in }, tell: @escaping (PathNews) -> Void
  ) {
    self.roster = roster
    self.fleet = fleet
    self.interruption = interruption
    self.keepsCaptures = keepsCaptures
    self.seed = seed
    self.journal = journal
    self.tell = tell
    ledger = TransitionLedger(roster)
    live = LiveWatch(roster)
  }

  /// Moves the VIP as `failover` says until `transitions` are measured, for ever when it is `nil`, or until interrupted. The
  /// path is left without holder. Daemons are left alone for the span `calm` before. With `requests` the VIP
  /// moves when somebody asks for it.
  package func runRound(
    _ failover: FailoverSettings, transitions: Int?, calm: TimeSpan = .zero,
    by requests: HandoverRequests? = nil
  ) -> RoundEnd {
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
    live.areProgramsAtWork = failover.method.isOfPrograms
    let start = WallClock.now
    let settle = fleet.settle(of: failover.every)
    guard
      let plan = MovePlan(
        failover, servers: roster.servers.count, start: start, settle: settle,
        byHand: requests != nil)
    else { return runFaults(failover, transitions: transitions, settle: settle, calm: calm) }
    let end = transitions.map { plan.turn($0 + 1).scheduled - roster.lead }
    moves = (failover, plan, told: 0)
    let holder = plan.isAskedFor ? plan.turn(0).holder : nil
    begin(Round(failover, start: start, settle: settle, end: end, holder: holder))
    while !isOver {
      if let requests { take(requests) }
      tellOfTurns(before: min(self.end ?? .distantFuture, WallClock.now + 2 * failover.every))
      collect()
    }
    moves = nil
    return finishRound()
  }

  /// The path is left without holder.
  func finishRound() -> RoundEnd {
    beginRest()
    let deadline = WallClock.now + PathControl.patience
    while !isAtRest, WallClock.now < deadline { collect() }
    return isStopped ? .interrupted : .completed
  }

  func order(_ order: AgentOrder) {
    for member in roster.members where !lost.contains(member.node) {
      fleet.send(order, to: member.node)
    }
  }

  /// Plans what was asked for; each has a turn's time to be judged.
  private func take(_ requests: HandoverRequests) {
    for _ in 0..<requests.take() {
      guard let (failover, plan, told) = moves else { return }
      let at = WallClock.now + PathControl.notice
      guard told == 0 || at - plan.turn(told).scheduled >= failover.every else {
        tell(
          .warning(
            "a handover was asked for too soon: each has \(failover.every) to be measured, and the next may be "
              + "asked for then"))
        continue
      }
      moves?.plan.ask(at: at)
      tellOfTurns(before: at + .milliseconds(1))
      journal(.paused(path: roster.path, at: at + failover.every))
      ledger.pause(at: at + failover.every)
      finish()
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
      disturb(disturbance)
    }
    moves?.told = number
  }

  func disturb(_ disturbance: Disturbance) {
    journal(.disturbed(path: roster.path, disturbance: disturbance))
    ledger.disturb(disturbance)
    finish()
  }

  func close(at instant: Timestamp, isInterrupted: Bool) {
    journal(.ended(path: roster.path, at: instant, isInterrupted: isInterrupted))
    ledger.end(at: instant, isInterrupted: isInterrupted)
    finish()
  }

  /// Whether what is known has come no further for long after `end`.
  private func hasStopped(since end: Timestamp) -> Bool {
    if ledger.frontier > progress.frontier { progress = (WallClock.now, ledger.frontier) }
    return WallClock.now - max(end, progress.at) > PathControl.patience
  }

  /// Judges what there is without those that are silent.
  private func abandon() {
    let silent = ledger.behind.isEmpty ? lost.sorted() : ledger.behind
    let names = silent.isEmpty ? ["a node"] : silent.map(roster.name)
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

  func begin(_ round: Round, at node: NodeID) {
    var round = round
    round.ahead = ledger.clocks.ahead(node, at: WallClock.now)
    alignment.begin(node, ahead: round.ahead)
    fleet.send(.begin(round: round), to: node)
  }

  /// Tells the nodes of clocks that have drifted, or are better known by now: what passes between them tells
  /// of their clocks what their lines do not.
  func align() {
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
    if let end, !ledger.isIdle, hasStopped(since: end) { abandon() }
  }

  func stop() {
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
