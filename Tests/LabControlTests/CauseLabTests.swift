import LabControl
import LinuxNet
import Measurement
import NodeAgent
import Packets
import TestSupport
import Testing
import TopologyModel

/// Causes provoked in a lab, each by what brings it about on a real network. One at a time: they
/// measure time.
@Suite(.serialized) struct CauseLabTests {
  /// The causes found for the client, and those of the transitions that moved the VIP to `to`.
  private func causes(
    switch model: String = "learning", failover: String = "{ every: 600ms }",
    after prepare: (Lab) throws -> Void = { _ in }
  ) throws -> [(to: String, cause: Cause?)] {
    let topology = try pair(switch: model, failover: failover)
    let lab = try Lab(topology)
    try prepare(lab)
    let experiment = try Experiment(
      lab: lab, paths: [topology.paths[0]], skipped: [:],
      plan: ExperimentPlan(transitions: 4, turn: topology.failover.every),
      interruption: Interruption()
    ) { _ in }
    _ = experiment.run()
    return try experiment.results[0].transitions.map { transition in
      let client = try #require(transition.probers.first { $0.node == "client" })
      #expect((client.cause == nil) == (client.explanation == nil))
      return (transition.to, client.cause)
    }
  }

  @Test func aMoveThatGoesWellHasNone() throws {
    #expect(try causes().allSatisfy { $0.cause == nil })
  }

  @Test func aSwitchThatHoldsOnIsStuck() throws {
    let found = try causes(switch: "{ model: sticky, probability: 100%, hold: 200ms }")
    #expect(found.map(\.cause) == Array(repeating: .switchStuck, count: 4))
  }

  @Test func anAnnouncementThatTheSwitchDropsWasFiltered() throws {
    let found = try causes(switch: "drop-announcements").compactMap(\.cause)
    #expect(!found.isEmpty && found.allSatisfy { $0 == .announcementFiltered }, "\(found)")
  }

  /// Linux takes this form for no announcement while its entry is younger than a second.
  @Test func anAnnouncementThatTheKernelDoesNotHeedWasIgnored() throws {
    let found = try causes(failover: "{ every: 600ms, announce: { form: reply-broadcast } }")
      .compactMap(\.cause)
    #expect(!found.isEmpty && found.allSatisfy { $0 == .announcementIgnored }, "\(found)")
  }

  @Test func aGapLeavesTheVIPWithoutHolder() throws {
    let found = try causes(failover: "{ every: 600ms, gap: 150ms }")
    #expect(found.map(\.cause) == Array(repeating: .noHolder, count: 4))
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

  private func filter(_ hook: String, _ rule: String, in node: Namespace) throws {
    _ = try run(
      "nft",
      "table ip test { chain c { type filter hook \(hook) priority 0; \(rule); }; }", in: node)
  }
}
