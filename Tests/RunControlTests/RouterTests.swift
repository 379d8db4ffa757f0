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

/// A client behind a router, in a lab. One at a time: they measure time.
@Suite(.takesTurns) struct RouterTests {
  private func prober(_ name: String, _ transition: TransitionRecord) throws -> ProberRecord {
    try #require(transition.probers.first { $0.node == name })
  }

  @Test(arguments: ["native", "vxlan"])
  func aClientBehindARouterFollowsAMove(path: String) throws {
    let found = try transitions(of: routed(), path: path)
    #expect(found.count == 2)
    for transition in found {
      // The router forwards, and probes nothing itself.
      #expect(
        transition.probers.map(\.node).sorted() == ["client", "outside", transition.from].sorted())
      let outside = try prober("outside", transition)
      #expect(outside.firstReply != nil && outside.lossOfConnectivity < .milliseconds(20))
    }
  }

  /// It forgets the holder half a second after it was heard of, or a moment later, and the router does not
  /// ask before its entry is two seconds old. Nor does a server ask who has what it had, by which the switch would
  /// hear of it.
  @Test(arguments: [false, true])
  func aSwitchThatForgetsWhoAnswersElsewhereCutsOff(isKept: Bool) throws {
    let topology = try Topology(
      parsing: """
        segments:
          front: { subnet: 10.1.0.0/24, switch: { model: ageing, ageingTime: 500ms } }
          back:  { subnet: 10.2.0.0/24 }
          wan:   { subnet: 198.51.100.0/24 }
        nodes:
          alpha: { on: { front: 10.1.0.11, back: 10.2.0.11 }, neigh: { delay_first_probe_time: 60s } }
          bravo: { on: { front: 10.1.0.12, back: 10.2.0.12 }, neigh: { delay_first_probe_time: 60s } }
          edge:
            on: { front: 10.1.0.1, back: 10.2.0.1, wan: 198.51.100.1 }
            role: router
            neigh: { delay_first_probe_time: 2s, ucast_solicit: 1, retrans_time: 200ms }
          outside: { on: { wan: 198.51.100.7 }, role: client }
        paths: { native: { segment: front, vip: 10.1.0.200, replies: back } }
        failover: { every: 3s, announce: { every: \(isKept ? "200ms" : "20s") }, stuckAfter: 2900ms }
        probe: { every: 2ms }
        """, file: "ageing.yaml")
    for transition in try transitions(of: topology) {
      let outside = try prober("outside", transition)
      #expect(outside.firstReply != nil)
      guard !isKept else {
        #expect(outside.lossOfConnectivity < .milliseconds(50) && outside.cause == nil)
        continue
      }
      #expect(outside.lossOfConnectivity > .milliseconds(500))
      #expect(outside.cause == .unknownUnicast, "\(outside.explanation ?? "")")
      #expect(
        outside.explanation?.hasPrefix(
          "edge's entry for 10.1.0.200 named \(transition.to), as it had while \(transition.to) answered"
        )
          == true)
    }
  }

  /// An upstream router that hears no announcement keeps its entry as long as its kernel is told to.
  @Test func theRoutersOwnEntryDecidesAndPredictsTheRecovery() throws {
    let topology = try routed(
      switch: "drop-announcements", neighOfRouter: "{ base_reachable_time: 4h }")
    let missed = try transitions(of: topology).map { try prober("outside", $0) }
      .filter { $0.cause != nil }
    #expect(!missed.isEmpty)
    for prober in missed {
      #expect(prober.cause == .announcementFiltered)
      #expect(prober.explanation?.hasPrefix("edge's entry for 10.0.1.200") == true)
      // Two to six hours REACHABLE, 5 s DELAY, 3 s PROBE.
      #expect(prober.predictedRecovery?.shortest == .seconds(2 * 3_600 + 8))
      #expect(prober.predictedRecovery?.longest == .seconds(6 * 3_600 + 8))
    }
  }

  /// A router's port may carry other addresses than its own; the VIP stays where it is registered.
  @Test func aFilteringSwitchLetsARouterForward() throws {
    for transition in try transitions(of: routed(switch: "filtering")) {
      let outside = try prober("outside", transition)
      #expect((outside.firstReply != nil) == (transition.to == "alpha"))
    }
  }

  /// A router that asks again and gets an answer has seen no announcement for that.
  @Test func anAnswerToARouterIsNoAnnouncement() throws {
    let neigh = "{ base_reachable_time: 100ms, delay_first_probe_time: 0s, retrans_time: 10ms }"
    let topology = try routed(switch: "drop-announcements", neighOfRouter: neigh)
    for transition in try transitions(of: topology) {
      let outside = try prober("outside", transition)
      #expect(outside.decider == "edge" && outside.announcementSeen == nil)
      #expect(outside.lossOfConnectivity < .milliseconds(500))
    }
  }

  @Test func staleHostsKeepToTheOldHolderAndRoutedClientsFollow() throws {
    for transition in try transitions(of: routed(switch: "stale-hosts")) {
      #expect(try prober("client", transition).cause == .switchStuck)
      #expect(try prober("client", transition).misdirected > 100)
      #expect(try prober("outside", transition).lossOfConnectivity < .milliseconds(20))
      #expect(try prober(transition.from, transition).lossOfConnectivity < .milliseconds(20))
    }
  }

  /// What an overlay carries between two nodes is no word of theirs to the switch.
  @Test func whatAnOverlayCarriesHealsNobody() throws {
    let topology = try routed(switch: "stale-hosts")
    let found = try transitions(
      of: topology,
      afterClaim: { lab in
        for server in ["192.168.0.20", "192.168.0.21"] {
          let answer = try run("ping", "-c", "1", "-W", "1", server, in: lab.nodes[2])
          #expect(answer.contains("1 received"), "\(answer)")
        }
      })
    for transition in found { #expect(try prober("client", transition).cause == .switchStuck) }
  }

  @Test func aPingToTheNewHoldersOwnAddressHealsAStaleHost() throws {
    let topology = try routed(
      switch: "stale-hosts",
      failover: "{ every: 800ms, heal: { method: ping-primary, after: 200ms } }")
    for transition in try transitions(of: topology) {
      let client = try prober("client", transition)
      #expect((190...300).contains(client.lossOfConnectivity.nanoseconds / 1_000_000))
      #expect(
        client.explanation?.hasSuffix("until client pinged \(transition.to)'s own address") == true)
    }
  }
}
