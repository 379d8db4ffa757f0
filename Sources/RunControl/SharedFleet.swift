import NodeAgent
import Packets
import TopologyModel

/// The agents of a path, for several who use them in turn: each has them for a round. Who is lost meanwhile,
/// and who has come back, all of them learn.
final class SharedFleet {
  private let fleet: any Fleet
  /// The agents end with the last of those who have them.
  private var shares: [Weak] = []

  private struct Weak {
    weak var share: Share?
  }

  init(_ fleet: any Fleet) { self.fleet = fleet }

  /// For one more.
  func share() -> any Fleet {
    let share = Share(self)
    shares.append(Weak(share: share))
    return share
  }

  private final class Share: Fleet {
    private let owner: SharedFleet
    /// What it has to learn of what others heard.
    private var news: [(node: NodeID, report: AgentReport)] = []

    init(_ owner: SharedFleet) { self.owner = owner }

    func settle(of turn: TimeSpan) -> TimeSpan { owner.fleet.settle(of: turn) }

    func send(_ order: AgentOrder, to node: NodeID) { owner.fleet.send(order, to: node) }

    func receive(within span: TimeSpan) -> [(node: NodeID, report: AgentReport)] {
      defer { news = [] }
      let heard = owner.fleet.receive(within: news.isEmpty ? span : .zero)
      for other in owner.shares.compactMap(\.share) where other !== self {
        other.news += heard.filter { !$0.report.isOfAgent }
      }
      return news + heard
    }
  }
}
