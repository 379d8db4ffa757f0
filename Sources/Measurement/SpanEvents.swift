import Packets
import TopologyModel

/// What happened in a transition's window, sorted once for all its probers: of many nodes each looks at its
/// own alone.
struct SpanEvents {
  /// In the order of time.
  let all: [TransitionLedger.Event]
  private let own: [NodeID: [TransitionLedger.Event]]
  private let refusals: [TransitionLedger.Event]
  /// Each node's neighbour entries up to the window's end, those before it, too.
  private let entries: [NodeID: [NeighbourView]]
  private let begin: Timestamp

  init(_ events: [TransitionLedger.Event], _ span: TransitionSpan) {
    begin = span.begin
    all =
      events.filter { span.begin <= $0.observation.at && $0.observation.at < span.end }
      .sorted { $0.precedes($1) }
    own = Dictionary(grouping: all, by: \.node)
    refusals = all.filter { if case .refused = $0.observation { true } else { false } }
    var entries: [NodeID: [NeighbourView]] = [:]
    for event in events {
      guard case .neighbour(let entry) = event.observation, entry.at < span.end else { continue }
      entries[event.node, default: []].append(entry)
    }
    self.entries = entries.mapValues { $0.sorted { $0.at < $1.at } }
  }

  /// What a node saw.
  subscript(node: NodeID) -> [TransitionLedger.Event] { own[node] ?? [] }

  /// What bears on a prober, in the order of time: what it saw, what its decider saw, and what no server could do.
  func bearing(on prober: PathRoster.Member) -> [TransitionLedger.Event] {
    let nodes = Set([prober.node, prober.decider])
    let others = refusals.filter { !nodes.contains($0.node) }
    return (nodes.flatMap { self[$0] } + others).sorted { $0.precedes($1) }
  }

  /// A node's neighbour entries, from the one that stood at the beginning on.
  func entries(of node: NodeID) -> [NeighbourView] {
    let all = entries[node] ?? []
    return Array(all.dropFirst(all.lastIndex { $0.at < begin } ?? 0))
  }
}

extension TransitionLedger.Event {
  fileprivate func precedes(_ other: TransitionLedger.Event) -> Bool {
    (observation.at, node) < (other.observation.at, other.node)
  }
}
