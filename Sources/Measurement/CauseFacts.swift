package import Packets
package import TopologyModel

/// Everything observed of one transition that bears on why one prober was cut off; the cause is
/// decided from it alone.
package struct CauseFacts: Sendable {
  /// A server and its MAC address on the path.
  package struct Server: Hashable, Sendable {
    package var name: String
    package var mac: MACAddress

    package init(name: String, mac: MACAddress) {
      self.name = name
      self.mac = mac
    }
  }

  package var prober: String
  /// The node whose neighbour entry decides where the prober's packets go: itself, or the router
  /// they come from.
  package var decider: String
  /// Of that node.
  package var recovery: NeighbourRecovery?
  package var vip: IPAddress
  package var old: Server
  package var new: Server
  /// All of them.
  package var servers: [Server]
  package var scheduled: Timestamp
  package var addressAdded: Timestamp?
  package var addressRemoved: Timestamp?
  package var announced: Timestamp?
  package var window: ProberWindow
  package var interval: TimeSpan
  /// What broke, where something did.
  package var fault: FaultName?
  /// Why the new holder could not take the VIP, where that is known.
  package var refusal: String?

  package init(
    prober: String, decider: String, recovery: NeighbourRecovery?, vip: IPAddress,
    old: Server, new: Server, servers: [Server], scheduled: Timestamp,
    addressAdded: Timestamp?, addressRemoved: Timestamp?, announced: Timestamp?,
    window: ProberWindow, interval: TimeSpan, fault: FaultName? = nil, refusal: String? = nil
  ) {
    self.fault = fault
    self.refusal = refusal
    self.prober = prober
    self.decider = decider
    self.recovery = recovery
    self.vip = vip
    self.old = old
    self.new = new
    self.servers = servers
    self.scheduled = scheduled
    self.addressAdded = addressAdded
    self.addressRemoved = addressRemoved
    self.announced = announced
    self.window = window
    self.interval = interval
  }

  /// A loss shorter than this, or than ten intervals, needs no cause.
  static let leastLoss = TimeSpan.milliseconds(50)
  /// What follows from a packet has followed by then.
  static let longestResponse = TimeSpan.milliseconds(200)
  /// Two holders for longer than this are not a matter of the order of steps.
  private static let longestOverlap = TimeSpan.milliseconds(500)

  /// `nil` when there is nothing to explain.
  package func finding() -> CauseFinding? {
    if let finding = duplicateHolder { return finding }
    guard window.isStuck || loss >= max(CauseFacts.leastLoss, 10 * interval) else { return nil }
    return unnoticed ?? noHolder ?? holderSilent ?? astray ?? CauseFinding(.unexplained, ignorance)
  }

  /// What would have to be known.
  private var ignorance: String {
    let lost = "\(window.lost) probes of \(prober) were lost"
    if isMost(window.lostLate) {
      return
        "\(window.lostLate) probes of \(prober) were answered, but later than counts as served: "
        + "where they waited is not known"
    }
    return entry?.mac == nil
      ? "\(lost) while \(decider) had no neighbour entry for \(vip): why it got none is not known"
      : "\(lost) and captured at no server: what became of them on their way is not known"
  }

  private var loss: TimeSpan { window.lossOfConnectivity }

  /// Whether `count` is most of what was lost.
  private func isMost(_ count: Int) -> Bool { 2 * count > window.lost }

  /// The entry that decided in the midst of the loss.
  private var entry: NeighbourView? {
    let misses = window.misses
    guard let first = misses.first?.first, let last = misses.last?.last else { return nil }
    let middle = first + (last - first) / 2
    return window.entries.last { $0.at <= middle }
  }
}

extension CauseFacts {
  private var duplicateHolder: CauseFinding? {
    guard let added = addressAdded,
      addressRemoved.map({ $0 - added > CauseFacts.longestOverlap }) ?? true,
      window.firstReply.map({ $0 - added > CauseFacts.longestOverlap }) ?? true,
      window.answeredByOther > window.lost
    else { return nil }
    return CauseFinding(
      .duplicateHolder,
      "\(old.name) kept \(vip) after \(new.name) had taken it, and went on answering \(prober)")
  }

  /// What broke was whole again before anybody took the VIP.
  private var unnoticed: CauseFinding? {
    guard let fault, old.name == new.name, addressAdded == nil else { return nil }
    return CauseFinding(
      .newHolderSilent,
      "\(old.name) did not answer after its \(fault.noun), and nobody took \(vip) from it")
  }

  private var noHolder: CauseFinding? {
    guard let added = addressAdded else {
      let reason = refusal.map { ": \($0)" } ?? ""
      return CauseFinding(.noHolder, "\(new.name) could not take \(vip)\(reason)")
    }
    // A link that comes and goes cuts off whom it has just taken back.
    if let fault, addressRemoved == nil, fault == .linkFlap || 2 * (added - scheduled) >= loss {
      let again = fault == .linkFlap ? ", and the link came and went on" : ""
      return CauseFinding(
        .noHolder,
        "\(old.name) did not answer after its \(fault.noun), and \(new.name) took \(vip) "
          + "\((added - scheduled).inMilliseconds) later\(again)")
    }
    guard let removed = addressRemoved, 2 * (added - removed) >= loss else { return nil }
    if let fault {
      return CauseFinding(
        .noHolder,
        "nobody held \(vip) for \((added - removed).inMilliseconds): so long after the "
          + "\(fault.noun) of \(old.name) \(new.name) took it")
    }
    return CauseFinding(
      .noHolder,
      "nobody held \(vip) for \((added - removed).inMilliseconds): \(old.name) gave it up before "
        + "\(new.name) took it")
  }

  private var holderSilent: CauseFinding? {
    if isMost(window.lostReflected) {
      return CauseFinding(
        .replyLost,
        "\(new.name) answered \(window.lostReflected) of the \(window.lost) probes that "
          + "\(prober) lost; the answers did not arrive")
    }
    guard isMost(window.lostReached) else { return nil }
    return CauseFinding(
      .newHolderSilent,
      "\(window.lostReached) of the \(window.lost) probes that \(prober) lost reached \(new.name), "
        + "which held \(vip) and did not answer")
  }

  /// Probes that reached another server, or came out nowhere because they were sent to one.
  private var astray: CauseFinding? {
    let nowhere =
      window.lost - window.lostMisdirected - window.lostReached - window.lostReflected
    guard isMost(window.lostMisdirected + nowhere) else { return nil }
    if entry?.mac == nil, isMost(nowhere) {
      return unannounced("\(decider) did not know where \(vip) was")
    }
    // Where the kernel told of no entry, the frames say what it was.
    guard let mac = entry?.mac ?? window.lastMisdirected?.destination else { return nil }
    guard mac != new.mac else {
      guard let last = window.lastMisdirected, isMost(window.lostMisdirected) else {
        return forgotten
      }
      return last.destination == new.mac ? early : switchStuck
    }
    if let turned = turnedBack(to: mac) { return turned }
    let stale = "\(decider)'s entry for \(vip) went on naming \(name(of: mac))"
    if let entry, entry.isPinned {
      return CauseFinding(
        .staleNeighbour, "\(stale): it is pinned, and no announcement changes it")
    }
    return unannounced(stale) ?? ignored(stale)
  }

  /// The entry named the new holder already, and then another that had announced the VIP after it.
  private func turnedBack(to mac: MACAddress) -> CauseFinding? {
    guard let added = addressAdded,
      let followed = window.entries.first(where: { $0.mac == new.mac && added <= $0.at }),
      let turned = window.entries.first(where: { $0.mac == mac && followed.at < $0.at })
    else { return nil }
    return CauseFinding(
      .staleNeighbour,
      "\(decider)'s entry for \(vip) named \(new.name), and \((turned.at - followed.at).inMilliseconds) later "
        + "\(name(of: mac)) again, which had announced it after \(new.name) had")
  }

  /// What was sent to the new holder before it was one: nobody had taken back what it announced before.
  private var early: CauseFinding {
    CauseFinding(
      .staleNeighbour,
      "\(decider)'s entry for \(vip) named \(new.name) before \(new.name) took it, from a move before"
    )
  }

  /// What came out nowhere although it had before, with the same entry, until something was heard of the new
  /// holder: just then, and nothing before that.
  private var forgotten: CauseFinding? {
    let runs = window.runs
    var (count, longest) = (0, TimeSpan.zero)
    let near = max(.milliseconds(20), 2 * interval)
    for (index, run) in runs.enumerated().dropFirst().dropLast() where run.outcome == .lost {
      let (before, after) = (runs[index - 1], runs[index + 1])
      let heard = window.heard.filter { run.first < $0 && $0 < after.first + near }
      guard before.answered != nil, after.answered != nil,
        [before.reflector, after.reflector].allSatisfy({ $0 == window.newHolder }),
        window.entries.last(where: { $0.at <= run.first })?.mac == new.mac,
        !heard.isEmpty, heard.allSatisfy({ after.first - near <= $0 })
      else { continue }
      count += run.count
      longest = max(longest, after.first - before.last)
    }
    guard isMost(count) else { return nil }
    return CauseFinding(
      .unknownUnicast,
      "\(decider)'s entry for \(vip) named \(new.name), as it had while \(new.name) answered, and its frames "
        + "came out nowhere, for up to \(longest.inMilliseconds), until \(new.name) was heard of again: so does "
        + "a switch that has forgotten where \(new.name) is and does not flood")
  }

  private var switchStuck: CauseFinding {
    let place = window.lastMisdirected.map { name(of: $0.destination) } ?? old.name
    return CauseFinding(
      .switchStuck,
      "\(decider)'s entry for \(vip) named \(new.name), but its frames came out at \(place)'s "
        + "port: the switch went on using the old location for \(loss.inMilliseconds)\(healing)")
  }

  /// Announcements came, and the first of them either ended it or changed nothing.
  private func ignored(_ stale: String) -> CauseFinding? {
    guard let seen = window.announcementSeen else { return nil }
    let response = window.response(announcing: new.mac)
    if let response, response.isHeeded {
      return CauseFinding(
        .announcementFiltered,
        "\(stale): of \(new.name)'s announcements the first to be seen at \(decider) came "
          + "\((seen - scheduled).inMilliseconds) after the schedule, and was heeded")
    }
    let age = response.map { ", when the entry was \($0.entryAge.inMilliseconds) old" } ?? ""
    return CauseFinding(
      .announcementIgnored,
      "\(stale) although \(new.name)'s announcement arrived \((seen - scheduled).inMilliseconds) after the "
        + "schedule\(age): its kernel did not heed it (\(reasonsToIgnore))",
      recovery: window.isStuck ? recovery : nil)
  }

  private func name(of mac: MACAddress) -> String {
    servers.first { $0.mac == mac }?.name ?? "\(mac)"
  }

  /// Where the new holder's announcement was not sent or did not come, and `state` is what followed.
  private func unannounced(_ state: String) -> CauseFinding? {
    guard let announced else {
      return CauseFinding(
        .announcementNotSent, "\(state): \(new.name) sent no announcement", recovery: recovery)
    }
    guard window.announcementSeen == nil else { return nil }
    return CauseFinding(
      .announcementFiltered,
      "\(state): \(new.name)'s announcement, sent \((announced - scheduled).inMilliseconds) after the "
        + "schedule, was not seen at \(decider)", recovery: recovery)
  }

  private var reasonsToIgnore: String {
    switch vip.family {
    case .v4: "form of the announcement, locktime, arp_accept, drop_gratuitous_arp"
    case .v6: "drop_unsolicited_na"
    }
  }

  /// Whether it was the prober's own word to the new holder that ended it: the first answer came with
  /// the answer to that.
  private var healing: String {
    guard let healed = window.healed, let reply = window.firstReply, healed <= reply,
      reply - healed < CauseFacts.longestResponse
    else { return "" }
    return ", until \(prober) pinged \(new.name)'s own address"
  }
}
