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

/// Switch models in real bridges. One at a time: they measure time.
@Suite(.takesTurns) struct EmulatedSwitchTests {
  private func measure(
    _ model: String, failover: String = "{ every: 600ms }", transitions: Int = 2,
    family: IPFamily = .v4, paths: Int = 2
  ) throws -> (paths: [PathRecord], warnings: [String]) {
    try measured(
      pair(switch: model, failover: failover, family: family), paths: paths,
      transitions: transitions)
  }

  private func client(_ transition: TransitionRecord) throws -> ProberRecord {
    try #require(transition.probers.first { $0.node == "client" })
  }

  @Test func aStickySwitchDeliversToTheOldHolderForAsLongAsItHolds() throws {
    let (paths, warnings) = try measure("{ model: sticky, probability: 100%, hold: 200ms }")
    #expect(warnings.filter { !$0.contains("void") } == [])
    for transition in paths[0].counted {
      let client = try client(transition)
      #expect((190...260).contains(client.lossOfConnectivity.nanoseconds / 1_000_000))
      #expect(client.misdirected > 80)
    }
    #expect(paths[1].counted.allSatisfy { $0.lossOfConnectivity < .milliseconds(20) })
  }

  @Test func theSeedSaysWhichTransitionsAreStuck() throws {
    let runs = try (0..<2).map { _ in
      try measure("{ model: sticky, probability: 50%, hold: 150ms }", transitions: 5, paths: 1)
        .paths[0]
        .transitions.prefix(5).map { $0.lossOfConnectivity > .milliseconds(100) }
    }
    #expect(runs[0].contains(true) && runs[0].contains(false))
    #expect(runs[1] == runs[0])
  }

  @Test(arguments: [IPFamily.v4, .v6])
  func aFilteringSwitchNeverMovesAVIPByAnnouncement(family: IPFamily) throws {
    let (paths, warnings) = try measure("filtering", family: family)
    #expect(warnings.filter { !$0.contains("void") } == [])
    for transition in paths[0].counted {
      let client = try client(transition)
      // Registered with alpha it stays, and only alpha's announcements pass.
      #expect((client.announcementSeen != nil) == (transition.to == "alpha"))
      #expect((client.firstReply != nil) == (transition.to == "alpha"))
    }
    #expect(Set(paths[0].transitions.map(\.to)) == ["alpha", "bravo"])
    // Of the client: an old holder of IPv6 may ask for the VIP before the new one has joined the group
    // that hears it.
    for transition in paths[1].counted {
      #expect(try client(transition).lossOfConnectivity < .milliseconds(20))
    }
  }

  @Test(arguments: [IPFamily.v4, .v6])
  func aFilteringSwitchMovesAVIPThroughItsControlPlane(family: IPFamily) throws {
    let (paths, _) = try measure(
      "{ model: filtering, apiDelay: 200ms }", transitions: 3, family: family, paths: 1)
    let isWhole = paths[0].transitions.count == 3
    // The first of a round may go to where the address is registered; what is void is made up for in another.
    let cut = try paths[0].counted.filter { isWhole ? $0.index > 0 : true }
      .map { try client($0) }.filter { isWhole || $0.lossOfConnectivity > .milliseconds(100) }
    #expect(cut.count >= (isWhole ? 2 : 1))
    for client in cut {
      // The announcement after the control plane is done is heeded.
      #expect(client.firstReply != nil)
      #expect(client.cause == .announcementFiltered && client.predictedRecovery == nil, "\(client)")
    }
  }

  /// The client learns nothing, and its entry leads to the old holder until that is probed anew.
  @Test func aSwitchThatDropsAnnouncementsDropsEveryForm() throws {
    for form in ["request", "reply", "reply-broadcast"] {
      let (paths, warnings) = try measure(
        "drop-announcements", failover: "{ every: 600ms, announce: { form: \(form) } }",
        transitions: 2)
      #expect(warnings.filter { !$0.contains("void") } == [])
      let first = try #require(paths[0].transitions.first?.from)
      for transition in paths[0].counted {
        let client = try client(transition)
        #expect(transition.announced != nil && client.announcementSeen == nil, "\(form)")
        // Moving back, the VIP comes to where the client still sends.
        #expect((client.firstReply != nil) == (transition.to == first), "\(form)")
        #expect(transition.to == first || client.misdirected > 100, "\(form)")
      }
      for transition in paths[1].counted {
        let client = try client(transition)
        #expect(client.announcementSeen != nil, "\(form)")
      }
    }
  }
}
