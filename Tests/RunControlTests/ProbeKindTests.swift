import Measurement
import NamespaceLab
import Packets
import Records
import TestSupport
import Testing
import TopologyModel

/// Probes that are answered by the kernel, or by a small server in each node, in whole labs.
@Suite(.takesTurns) struct ProbeKindTests {
  private static let variants: [(ProbeKind, IPFamily)] = [
    (.icmp, .v4), (.icmp, .v6), (.tcp, .v6), (.http, .v4),
  ]

  private func probe(_ kind: ProbeKind) -> String { "{ kind: \(kind.rawValue), every: 10ms }" }

  private func client(of transition: TransitionRecord) throws -> ProberRecord {
    try #require(transition.probers.first { $0.node == "client" })
  }

  @Test(arguments: variants)
  func whoAnsweredIsKnown(kind: ProbeKind, family: IPFamily) throws {
    let topology = try pair(failover: "{ every: 600ms }", family: family, probe: probe(kind))
    let path = family == .v4 ? "vxlan" : "native"
    for transition in try transitions(of: topology, path: path) {
      let client = try client(of: transition)
      #expect(client.cause == nil)
      let answered = (client.probes ?? []).compactMap(\.answeredBy)
      #expect(Set(answered).isSubset(of: ["alpha", "bravo"]), "\(answered)")
      #expect(answered.last == transition.to)
    }
  }

  /// What came out at the old holder's port was captured there; a connection is asked for again by
  /// its kernel, and is lost all the same.
  @Test(arguments: variants)
  func aSwitchThatHoldsOnIsStuck(kind: ProbeKind, family: IPFamily) throws {
    let topology = try pair(
      switch: "{ model: sticky, probability: 100%, hold: 300ms }",
      failover: "{ every: 1300ms }", family: family, probe: probe(kind))
    for transition in try transitions(of: topology) {
      let client = try client(of: transition)
      #expect(client.cause == .switchStuck, "\(client.explanation ?? "")")
      #expect(client.misdirected >= 25 && client.misdirected <= 40)
      let loss = client.lossOfConnectivity
      #expect(loss >= .milliseconds(280) && loss <= .milliseconds(400), "\(loss)")
      let hung = client.evidence.first { $0.event.contains("hung until a segment was sent") }
      #expect((hung != nil) == kind.connects)
      // It is told of the transition in which they were opened, a second later.
      if let hung {
        let delay = hung.at - transition.scheduled
        #expect(delay > .milliseconds(-110) && delay < .milliseconds(50), "\(delay)")
      }
    }
  }

  @Test(arguments: [ProbeKind.icmp, .tcp]) func aHolderThatDoesNotAnswerIsSilent(kind: ProbeKind)
    throws
  {
    let topology = try pair(failover: "{ every: 600ms }", probe: probe(kind))
    let deaf = kind.connects ? "tcp dport 80 drop" : "icmp type echo-request drop"
    let found = try transitions(of: topology) { try filter("input", deaf, in: $0.nodes[1]) }
    for transition in found {
      let cause = try client(of: transition).cause
      #expect(cause == (transition.to == "bravo" ? .newHolderSilent : nil), "\(transition.to)")
    }
  }

  @Test(arguments: [ProbeKind.icmp, .tcp]) func anAnswerThatDoesNotArriveIsLost(kind: ProbeKind)
    throws
  {
    let topology = try pair(failover: "{ every: 600ms }", probe: probe(kind))
    let answer = kind.connects ? "tcp sport 80" : "icmp type echo-reply"
    let found = try transitions(of: topology) {
      try filter("input", "ether saddr 02:00:00:00:00:02 \(answer) drop", in: $0.nodes[2])
    }
    for transition in found {
      let cause = try client(of: transition).cause
      #expect(cause == (transition.to == "bravo" ? .replyLost : nil), "\(transition.to)")
    }
  }

  @Test func behindARouterAPageTellsWhoAnswered() throws {
    let topology = try routed(probe: probe(.http))
    for transition in try transitions(of: topology) {
      let outside = try #require(transition.probers.first { $0.node == "outside" })
      #expect(outside.probes?.compactMap(\.answeredBy).last == transition.to)
    }
  }
}
