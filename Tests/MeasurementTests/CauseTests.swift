import Measurement
import Packets
import Testing
import TopologyModel

/// Each cause from facts written out by hand: claimed where they prove it, and not where one of them
/// is otherwise.
@Suite struct CauseTests {
  private let interval = TimeSpan.milliseconds(1)
  private let scheduled = Timestamp(nanoseconds: 1_000_000_000_000)
  private let alpha = CauseFacts.Server(name: "alpha", mac: .local(group: 0, member: 1))
  private let bravo = CauseFacts.Server(name: "bravo", mac: .local(group: 0, member: 2))

  private func at(_ milliseconds: Int64) -> Timestamp { scheduled + .milliseconds(milliseconds) }

  /// 100 probes without trouble, then `lost` lost ones as `fate` has it, then answers again.
  private func window(
    lost: Int = 200, _ fate: (inout OutcomeRun) -> Void = { _ in }
  ) -> ProberWindow {
    var window = ProberWindow(newHolder: 1)
    var tracker = LossTracker(interval: interval)
    for number in 0..<(200 + lost) {
      let sent = at(Int64(number) - 100)
      let isLost = (100..<(100 + lost)).contains(number)
      var outcome = OutcomeRun(
        sent: sent, answered: isLost ? nil : sent, reflector: number < 100 ? 0 : 1)
      if isLost { fate(&outcome) }
      window.record(outcome, tracker: &tracker)
    }
    window.close(tracker: &tracker)
    var first = OutcomeRun(sent: at(0), answered: nil, reflector: 0)
    fate(&first)
    if first.misdirectedTo != nil {
      window.lastMisdirected = (0, alpha.mac, at(Int64(lost) - 1))
    }
    return window
  }

  private let astray: (inout OutcomeRun) -> Void = { $0.misdirectedTo = 0 }

  private func facts(_ window: ProberWindow) -> CauseFacts {
    CauseFacts(
      prober: "client", decider: "client",
      recovery: NeighbourRecovery(shortest: .seconds(23), longest: .seconds(53)),
      vip: IPAddress("10.0.1.200")!, old: alpha, new: bravo, servers: [alpha, bravo],
      scheduled: scheduled,
      addressAdded: at(0), addressRemoved: at(0), announced: at(0), window: window,
      interval: interval)
  }

  private func entry(_ mac: MACAddress?, at instant: Int64, isPinned: Bool = false) -> NeighbourView
  {
    NeighbourView(at: at(instant), mac: mac, state: isPinned ? .permanent : .reachable)
  }

  /// 100 probes that the new holder answered, 200 that came out nowhere, and then answers again.
  private func forgotten(entry mac: MACAddress?, heard: [Timestamp]) -> ProberWindow {
    var window = ProberWindow(newHolder: 1)
    var tracker = LossTracker(interval: interval)
    for number in 0..<400 {
      let sent = at(Int64(number))
      let isLost = (100..<300).contains(number)
      window.record(
        OutcomeRun(sent: sent, answered: isLost ? nil : sent, reflector: 1), tracker: &tracker)
    }
    window.close(tracker: &tracker)
    window.entries = [NeighbourView(at: at(1), mac: mac, state: .stale)]
    window.announcementSeen = at(1)
    window.heard = heard
    return window
  }

  @Test func whatASwitchForgetsCutsOffUntilTheHolderIsHeardOf() {
    let finding = facts(forgotten(entry: bravo.mac, heard: [at(1), at(299)])).finding()
    #expect(finding?.cause == .unknownUnicast)
    #expect(
      finding?.explanation.contains("came out nowhere, for up to 201.0 ms, until bravo was heard")
        == true)
  }

  @Test func whatEndsByItselfWasNotForgotten() {
    for heard in [[at(1)], [at(1), at(50)], [at(1), at(350)], [at(1), at(200), at(299)]] {
      #expect(
        facts(forgotten(entry: bravo.mac, heard: heard)).finding()?.cause == .unexplained)
    }
    // Nor what is sent where the entry wrongly says.
    #expect(
      facts(forgotten(entry: alpha.mac, heard: [at(1), at(299)])).finding()?.cause
        != .unknownUnicast)
  }

  /// The old holder announced it once more after the new one had, as ucarp does.
  @Test func anEntryThatIsTurnedBackIsTheOldHoldersDoing() {
    var window = window(astray)
    window.entries = [entry(alpha.mac, at: -50), entry(bravo.mac, at: 1), entry(alpha.mac, at: 20)]
    window.announcementSeen = at(1)
    let finding = facts(window).finding()
    #expect(finding?.cause == .staleNeighbour)
    #expect(
      finding?.explanation
        == "client's entry for 10.0.1.200 named bravo, and 19.0 ms later alpha again, which had announced it "
        + "after bravo had")
  }

  @Test func whatWasShortNeedsNoCause() {
    #expect(facts(window(lost: 40, astray)).finding() == nil)
    #expect(facts(window(lost: 0)).finding() == nil)
  }

  @Test func aRightEntryAndFramesAtTheOldHolderAreTheSwitchs() throws {
    var seen = window(astray)
    seen.entries.append(entry(alpha.mac, at: -20))
    seen.entries.append(entry(bravo.mac, at: 1))
    seen.announcementSeen = at(1)
    let finding = try #require(facts(seen).finding())
    #expect(finding.cause == .switchStuck)
    #expect(
      finding.explanation
        == "client's entry for 10.0.1.200 named bravo, but its frames came out at alpha's port: the "
        + "switch went on using the old location for 200.0 ms")
  }

  @Test func anEntryThatCameRightOnlyAfterwardsIsNotTheSwitchs() {
    var seen = window(astray)
    seen.entries.append(entry(alpha.mac, at: -20))
    seen.entries.append(entry(bravo.mac, at: 199))
    #expect(facts(seen).finding()?.cause == .announcementFiltered)
    seen.announcementSeen = at(1)
    #expect(facts(seen).finding()?.cause == .announcementIgnored)
  }

  @Test func withoutAnAnnouncementNoneWasFilteredOrIgnored() {
    var facts = facts(window(astray))
    facts.announced = nil
    #expect(facts.finding()?.cause == .announcementNotSent)
  }

  @Test func aPinnedEntryIsHeldByNoAnnouncement() {
    var seen = window(astray)
    seen.entries.append(entry(alpha.mac, at: -20, isPinned: true))
    seen.announcementSeen = at(1)
    #expect(facts(seen).finding()?.cause == .staleNeighbour)
  }

  @Test func aGapAsLongAsTheLossMeansThatNobodyHeldTheVIP() {
    var facts = facts(window(astray))
    facts.addressAdded = at(190)
    #expect(facts.finding()?.cause == .noHolder)
    facts.addressAdded = at(20)
    #expect(facts.finding()?.cause == .announcementFiltered)
    facts.addressAdded = nil
    #expect(facts.finding()?.cause == .noHolder)
  }

  @Test func probesAtTheHolderAreItsSilenceOrTheirAnswersLoss() {
    #expect(facts(window { $0.hasReachedHolder = true }).finding()?.cause == .newHolderSilent)
    let answered = window {
      $0.hasReachedHolder = true
      $0.wasReflected = true
    }
    #expect(facts(answered).finding()?.cause == .replyLost)
  }

  @Test func aServerThatKeepsTheVIPIsADuplicateHolder() {
    var window = ProberWindow(newHolder: 1)
    var tracker = LossTracker(interval: interval)
    window.taken = at(0)
    for number in 0..<700 {
      let sent = at(Int64(number) - 100)
      window.record(OutcomeRun(sent: sent, answered: sent, reflector: 0), tracker: &tracker)
    }
    var facts = facts(window)
    facts.addressRemoved = nil
    #expect(facts.finding()?.cause == .duplicateHolder)
    facts.addressRemoved = at(20)
    #expect(facts.finding() == nil)
  }

  @Test func whatNobodySawIsUnexplainedAndSaysWhatIsMissing() throws {
    var seen = window()
    seen.entries.append(entry(bravo.mac, at: -20))
    let finding = try #require(facts(seen).finding())
    #expect(finding.cause == .unexplained)
    #expect(finding.explanation.contains("captured at no server"))
  }

  @Test func whoeverHasNoEntryWasNotTold() throws {
    var facts = facts(window())
    let finding = try #require(facts.finding())
    #expect(finding.cause == .announcementFiltered)
    #expect(finding.explanation.hasPrefix("client did not know where 10.0.1.200 was: bravo's"))
    facts.announced = nil
    #expect(facts.finding()?.cause == .announcementNotSent)
    facts.window.announcementSeen = at(1)
    facts.announced = at(0)
    #expect(facts.finding()?.cause == .unexplained)
  }

  /// Behind a router it is the router's entry that decides.
  @Test func theEntryThatDecidesIsNamed() throws {
    var seen = window(astray)
    seen.entries.append(entry(alpha.mac, at: -20))
    var facts = facts(seen)
    facts.decider = "edge"
    let finding = try #require(facts.finding())
    #expect(finding.explanation.hasPrefix("edge's entry for 10.0.1.200 went on naming alpha"))
    #expect(finding.explanation.hasSuffix("was not seen at edge"))
  }

  /// Only where nothing else is to be waited for.
  @Test func theKernelsRecoveryIsPredictedWhereItIsLeftToIt() {
    #expect(facts(window(astray)).finding()?.recovery?.longest == .seconds(53))
    #expect(facts(window { $0.hasReachedHolder = true }).finding()?.recovery == nil)
    var heeded = window(astray)
    heeded.announcementSeen = at(1)
    #expect(facts(heeded).finding()?.recovery == nil)
  }

  /// The server that the entry names, whoever held the VIP before.
  @Test func theEntryIsReadAndNotGuessed() throws {
    let third = CauseFacts.Server(name: "charlie", mac: .local(group: 0, member: 3))
    var seen = window(astray)
    seen.entries.append(entry(third.mac, at: -20))
    var facts = facts(seen)
    facts.servers.append(third)
    #expect(
      try #require(facts.finding()).explanation
        .hasPrefix("client's entry for 10.0.1.200 went on naming charlie"))
  }

  /// What a switch drops before it reaches anybody, the entry being old.
  @Test func anOldEntryExplainsWhatCameOutNowhere() throws {
    var seen = window()
    seen.entries.append(entry(alpha.mac, at: -20))
    #expect(facts(seen).finding()?.cause == .announcementFiltered)
  }

  /// The first announcement that came through was heeded at once: those before it had not come.
  @Test func aLateAnnouncementThatIsHeededWasNotIgnored() throws {
    var seen = window(astray)
    seen.entries.append(entry(alpha.mac, at: -20))
    seen.announcementSeen = at(199)
    seen.entries.append(entry(bravo.mac, at: 200))
    let finding = try #require(facts(seen).finding())
    #expect(finding.cause == .announcementFiltered && finding.recovery == nil)
    #expect(finding.explanation.hasSuffix("came 199.0 ms after the schedule, and was heeded"))
  }

  @Test func aPingThatEndedItIsSaid() throws {
    func explanation(healed: Int64) throws -> String {
      var seen = window(astray)
      seen.entries.append(entry(bravo.mac, at: 1))
      seen.healed = at(healed)
      return try #require(facts(seen).finding()).explanation
    }
    #expect(try explanation(healed: 150).hasSuffix("until client pinged bravo's own address"))
    #expect(try explanation(healed: 250).hasSuffix("for 200.0 ms"))
    // Long before the first answer it changed nothing.
    #expect(try explanation(healed: -100).hasSuffix("for 200.0 ms"))
  }

  /// An entry that named alpha since −600 ms, announced to at 1 ms, and named bravo at `changed`.
  @Test(arguments: [(2, true), (400, false)])
  func whetherAnAnnouncementWasHeededIsSeenInTheEntry(changed: Int64, isHeeded: Bool) {
    var seen = window(astray)
    seen.entries.append(entry(alpha.mac, at: -600))
    seen.announcementSeen = at(1)
    seen.entries.append(entry(bravo.mac, at: changed))
    let response = seen.response(announcing: bravo.mac)
    #expect(
      response == AnnouncementResponse(entryAge: .milliseconds(601), isHeeded: isHeeded))
  }

  /// Its state may change while it goes on naming the old holder.
  @Test func whatComesAfterTheAnnouncementDoesNotMakeTheEntryYounger() {
    var seen = window(astray)
    seen.entries.append(entry(alpha.mac, at: -2_000))
    seen.announcementSeen = at(1)
    seen.entries.append(entry(alpha.mac, at: 300))
    seen.entries.append(entry(bravo.mac, at: 400))
    let response = seen.response(announcing: bravo.mac)
    #expect(
      response == AnnouncementResponse(entryAge: .milliseconds(2_001), isHeeded: false))
  }

  @Test func anEntryThatNamedTheNewHolderAlreadyHasNothingToHeed() {
    var seen = window(astray)
    seen.entries.append(entry(bravo.mac, at: -600))
    seen.announcementSeen = at(1)
    #expect(seen.response(announcing: bravo.mac) == nil)
  }

  /// Linux's own figures: 15 to 45 s REACHABLE, 5 s DELAY, 3 s PROBE.
  @Test func theKernelsOwnRecoveryIsPredictedFromItsSysctls() throws {
    var sysctls: [String: Int64] = [
      "base_reachable_time_ms": 30_000, "delay_first_probe_time": 5, "ucast_solicit": 3,
      "retrans_time_ms": 1_000,
    ]
    let recovery = try #require(NeighbourRecovery { sysctls[$0] })
    #expect(recovery.shortest == .seconds(23) && recovery.longest == .seconds(53))
    sysctls["ucast_solicit"] = .max
    #expect(NeighbourRecovery { sysctls[$0] } == nil)
    sysctls["ucast_solicit"] = nil
    #expect(NeighbourRecovery { sysctls[$0] } == nil)
  }
}
