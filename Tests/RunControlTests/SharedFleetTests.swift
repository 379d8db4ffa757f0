import NodeAgent
import Packets
import Testing
import TopologyModel

@testable import RunControl

@Suite struct SharedFleetTests {
  /// What was sent, and what is to be heard.
  private final class Agents: Fleet {
    var sent = 0
    var reports: [(node: NodeID, report: AgentReport)] = []

    func send(_: AgentOrder, to _: NodeID) { sent += 1 }

    func receive(within _: TimeSpan) -> [(node: NodeID, report: AgentReport)] {
      defer { reports = [] }
      return reports
    }
  }

  @Test func whoIsLostAllLearnAndTheRestOnlyWhoAsked() {
    let agents = Agents()
    let shared = SharedFleet(agents)
    let (one, other) = (shared.share(), shared.share())
    agents.reports = [(0, .rested), (1, .lost(reason: "gone", isTried: false))]
    #expect(one.receive(within: .zero).count == 2)
    #expect(other.receive(within: .zero).map(\.report) == [.lost(reason: "gone", isTried: false)])
    #expect(other.receive(within: .zero).isEmpty)
    one.send(.stop, to: 0)
    other.send(.stop, to: 0)
    #expect(agents.sent == 2)
  }

  /// Their threads and sockets would stay for ever.
  @Test func theAgentsEndWithTheLastWhoHasThem() {
    weak var agents: Agents?
    do {
      let made = Agents()
      agents = made
      let shared = SharedFleet(made)
      let shares = (shared.share(), shared.share())
      #expect(shares.0.receive(within: .zero).isEmpty && shares.1.receive(within: .zero).isEmpty)
    }
    #expect(agents == nil)
  }
}
