import FailoverMethods
import LinuxNet
import Measurement
import NodeAgent
import Packets
import Records
import TopologyModel

/// Reports up.
extension PathControl {
  func collect() {
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
  func lose(_ node: NodeID, _ reason: String, isTried: Bool) {
    if isTried { awaited.insert(node) } else { awaited.remove(node) }
    returned.remove(node)
    let isNews = losses.updateValue(reason, forKey: node) != reason
    if lost.insert(node).inserted {
      resting.insert(node)
      let more = isTried ? "; it is being tried to set it up anew" : ""
      tell(.warning("\(roster.name(of: node)) is lost: \(reason)\(more)"))
      journal(.lost(path: roster.path, node: node))
      ledger.lose(node)
      finish()
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
    finish()
  }

  /// It takes part again from the next turn on, and counts from the one after; or the next round.
  func rejoin(_ node: NodeID, after span: TimeSpan) {
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
    var round = Round(failover, start: now, settle: every, end: end)
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

  func rejoin(_ node: NodeID, at instant: Timestamp) {
    journal(.returned(path: roster.path, node: node, at: instant))
    ledger.rejoin(node, at: instant)
    finish()
  }

  /// Whether there are two servers yet.
  var canMove: Bool { roster.servers.count { !lost.contains($0.node) } >= 2 }

  /// Tells of what has become complete: after every entry of the journal that may complete something, for what is
  /// known of clocks later is no part of it when the journal is judged.
  func finish() {
    tellOfAnswers()
    for finished in ledger.completed() {
      if keepsCaptures, finished.record.isSlow { keep(finished) }
      tell(.transition(finished.record))
    }
  }

  func take(_ observation: Observation, from node: NodeID) {
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
    if case .upTo = observation { finish() }
  }

  func count(foreign packets: Int, at node: NodeID) {
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
  func tellOfAnswers() {
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

  /// Faults that moved nothing and cut nobody off.
  var unfeltFaults: Int { ledger.unfelt }

  /// Those before anybody had answered.
  var unheard: ProbeCount { ledger.unheard }

  /// How long a host that watches the VIP held it itself.
  func heldItself(until now: Timestamp) -> TimeSpan { ledger.heldItself(until: now) }
}
