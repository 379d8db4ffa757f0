import LinuxNet
import Measurement
import NamespaceLab
import NodeAgent
import Packets
import Records
import RunControl
import TestSupport
import Testing
import TopologyModel

/// Causes provoked in a lab, each by what brings it about on a real network. One at a time: they
/// measure time.
@Suite(.takesTurns) struct CauseLabTests {
  private static let families = [IPFamily.v4, .v6]

  /// The causes found for the client, and those of the transitions that moved the VIP to `to`.
  private func causes(
    switch model: String = "learning", failover: String = "{ every: 600ms }",
    neigh: String = "{}", family: IPFamily = .v4, after prepare: (Lab) throws -> Void = { _ in }
  ) throws -> [(to: String, cause: Cause?)] {
    let topology = try pair(switch: model, failover: failover, neigh: neigh, family: family)
    return try transitions(of: topology, after: prepare).map { transition in
      let client = try #require(transition.probers.first { $0.node == "client" })
      #expect((client.cause == nil) == (client.explanation == nil))
      return (transition.to, client.cause)
    }
  }

  @Test(arguments: families) func aMoveThatGoesWellHasNone(family: IPFamily) throws {
    #expect(try causes(family: family).allSatisfy { $0.cause == nil })
  }

  /// Both hold it for a while, and the announcement is heeded at once.
  @Test func anOverlapThatNobodyNoticesHasNone() throws {
    #expect(
      try causes(failover: "{ every: 1600ms, overlap: 750ms }").allSatisfy { $0.cause == nil })
  }

  @Test(arguments: families) func aSwitchThatHoldsOnIsStuck(family: IPFamily) throws {
    let found = try causes(
      switch: "{ model: sticky, probability: 100%, hold: 200ms }", family: family)
    #expect(found.map(\.cause) == Array(repeating: .switchStuck, count: 2))
  }

  @Test(arguments: families)
  func anAnnouncementThatTheSwitchDropsWasFiltered(family: IPFamily) throws {
    let found = try causes(switch: "drop-announcements", family: family).compactMap(\.cause)
    #expect(!found.isEmpty && found.allSatisfy { $0 == .announcementFiltered }, "\(found)")
  }

  @Test(arguments: families) func staleHostsAreTheSwitchs(family: IPFamily) throws {
    let found = try causes(switch: "stale-hosts", family: family)
    #expect(found.map(\.cause) == Array(repeating: .switchStuck, count: 2))
  }

  /// Linux takes this form for no announcement while its entry is younger than a second.
  @Test func anAnnouncementThatTheKernelDoesNotHeedWasIgnored() throws {
    let found = try causes(failover: "{ every: 600ms, announce: { form: reply-broadcast } }")
      .compactMap(\.cause)
    #expect(!found.isEmpty && found.allSatisfy { $0 == .announcementIgnored }, "\(found)")
  }

  @Test(.alone, arguments: families)
  func anAnnouncementThatTheKernelIsToldToDropWasIgnored(family: IPFamily) throws {
    let found = try causes(neigh: "{ drop_gratuitous_arp: true }", family: family)
      .compactMap(\.cause)
    #expect(!found.isEmpty && found.allSatisfy { $0 == .announcementIgnored }, "\(found)")
  }

  @Test(arguments: families) func whatWasNeverAnnouncedWasNotSent(family: IPFamily) throws {
    let found = try causes(
      failover: "{ every: 600ms, announce: { form: none } }", family: family
    ).compactMap(\.cause)
    #expect(!found.isEmpty && found.allSatisfy { $0 == .announcementNotSent }, "\(found)")
  }

  /// The switch goes on delivering to the old holder, which has not let go and answers.
  @Test func twoThatHoldTheVIPAreDuplicates() throws {
    let found = try causes(
      switch: "{ model: sticky, probability: 100%, hold: 700ms }",
      failover: "{ every: 1600ms, overlap: 750ms }")
    #expect(found.map(\.cause) == Array(repeating: .duplicateHolder, count: 2))
  }

  @Test func aGapLeavesTheVIPWithoutHolder() throws {
    let found = try causes(failover: "{ every: 600ms, gap: 150ms }")
    #expect(found.map(\.cause) == Array(repeating: .noHolder, count: 2))
  }

  @Test func anEntryThatIsPinnedIsStale() throws {
    let found = try causes { lab in
      _ = try run(
        "ip", "neighbour", "replace", "10.0.1.200", "lladdr", "02:00:00:00:00:01", "dev", "lan",
        "nud", "permanent", in: lab.nodes[2])
    }
    for (to, cause) in found { #expect(cause == (to == "bravo" ? .staleNeighbour : nil)) }
  }

  @Test func aHolderWhoseServiceIsDeafIsSilent() throws {
    let found = try causes { lab in
      try filter("input", "udp dport 862 drop", in: lab.nodes[1])
    }
    for (to, cause) in found { #expect(cause == (to == "bravo" ? .newHolderSilent : nil)) }
  }

  @Test func anAnswerThatDoesNotArriveIsLost() throws {
    let found = try causes { lab in
      try filter("input", "udp sport 862 ether saddr 02:00:00:00:00:02 drop", in: lab.nodes[2])
    }
    for (to, cause) in found { #expect(cause == (to == "bravo" ? .replyLost : nil)) }
  }
}
