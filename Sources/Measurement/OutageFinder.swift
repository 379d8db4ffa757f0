import Packets
import TopologyModel

/// Finds in what became of a stream's probes where answers stopped, or began to come from somebody
/// else: the beginnings of transitions on a path that is watched from outside, where nobody tells of
/// them. Pure; told of every probe in the order of sending.
struct OutageFinder: Sendable {
  /// A transition, from the first probe that was lost or answered by somebody else to where all is
  /// calm again.
  struct Found: Hashable, Sendable {
    var disturbance: Disturbance
    var end: Timestamp
  }

  /// Consecutive lost probes fewer than this, with the same responder before and after, are loss as
  /// it comes on any network, and no transition.
  static let fewest = 3
  /// Answers of one responder without so many lost in a row for so long end a transition.
  static let calm = TimeSpan.seconds(1)
  /// One that finds no calm, as between two that both hold the VIP, is told of after so long.
  static let longest = TimeSpan.seconds(30)

  private enum State {
    /// Nobody has answered yet.
    case silent
    case calm(by: NodeID)
    /// Probes are being lost, or somebody else has begun to answer.
    case disturbed(Disturbed)
  }

  private struct Disturbed {
    var begin: Timestamp
    var from: NodeID
    /// Lost since the latest answer, and the first of them.
    var lost = 0
    var lostSince: Timestamp?
    /// Whether so many were lost in a row that answers stopped.
    var hasCost = false
    /// Whether it is a transition, however few are lost from now on.
    var isTransition = false
    /// Who has answered, and since when; `nil` while nobody does.
    var answering: (since: Timestamp, by: NodeID)?
  }

  private var state = State.silent
  /// When the first answer came; `nil` while none has.
  private(set) var heard: Timestamp?

  /// Since when nobody answers, and who did before; `nil` while somebody does.
  var outage: (since: Timestamp, from: NodeID)? {
    guard case .disturbed(let current) = state, current.isTransition, current.answering == nil
    else { return nil }
    return (current.begin, current.from)
  }

  /// Before this nothing can begin any longer, when everything up to `known` is told.
  func settled(_ known: Timestamp) -> Timestamp {
    guard case .disturbed(let current) = state else { return known }
    return min(known, current.begin)
  }

  /// The transition that `run` ends, if it ends one.
  mutating func take(_ run: FateRun) -> Found? {
    if case .answered(let responder) = run.fate { return takeAnswered(run, by: responder) }
    return takeLost(run)
  }

  private mutating func takeLost(_ run: FateRun) -> Found? {
    switch state {
    case .silent: break
    // A probe that waited for the address to be resolved may be answered long after it was sent.
    case .calm where heard.map({ run.first < $0 }) ?? true: break
    case .calm(let responder):
      disturb(Disturbed(begin: run.first, from: responder), by: run)
    case .disturbed(let current):
      if let found = end(current, by: run) { return found }
      disturb(current, by: run)
    }
    return nil
  }

  /// A move that cost nothing is over where answers stop, which is another transition, with another
  /// before it.
  private mutating func end(_ moved: Disturbed, by run: FateRun) -> Found? {
    guard !moved.hasCost, let answering = moved.answering, answering.by != moved.from,
      moved.lost + run.sequences.count >= OutageFinder.fewest
    else { return nil }
    let since = moved.lostSince ?? run.first
    var outage = Disturbed(begin: since, from: answering.by)
    outage.lost = moved.lost
    disturb(outage, by: run)
    return Found(
      disturbance: Disturbance(
        .observed, at: moved.begin, from: moved.from, to: answering.by),
      end: since)
  }

  /// Fewer than count for an outage do not put its end off, either: scattered loss would keep it open.
  private mutating func disturb(_ disturbed: Disturbed, by run: FateRun) {
    var disturbed = disturbed
    disturbed.lostSince = disturbed.lostSince ?? run.first
    disturbed.lost += run.sequences.count
    if disturbed.lost >= OutageFinder.fewest {
      disturbed.isTransition = true
      disturbed.hasCost = true
      disturbed.answering = nil
    }
    state = .disturbed(disturbed)
  }

  private mutating func takeAnswered(_ run: FateRun, by responder: NodeID) -> Found? {
    var current: Disturbed
    switch state {
    case .silent:
      heard = heard ?? run.answered ?? run.first
      state = .calm(by: responder)
      return nil
    case .calm(responder): return nil
    case .calm(let before):
      current = Disturbed(begin: run.first, from: before, isTransition: true)
    case .disturbed(let disturbed):
      current = disturbed
      (current.lost, current.lostSince) = (0, nil)
    }
    if responder != current.from { current.isTransition = true }
    guard current.isTransition else {
      state = .calm(by: responder)
      return nil
    }
    if current.answering?.by != responder { current.answering = (run.first, responder) }
    state = .disturbed(current)
    guard let answering = current.answering else { return nil }
    let calm = answering.since + OutageFinder.calm
    guard calm <= run.last || run.last - current.begin >= OutageFinder.longest else { return nil }
    state = .calm(by: responder)
    return Found(
      disturbance: Disturbance(
        .observed, at: current.begin, from: current.from, to: responder),
      end: min(calm, run.last))
  }

  /// What is under way when the watch ends at `instant`, whether or not anybody answers again.
  mutating func end(at instant: Timestamp) -> Found? {
    guard case .disturbed(let current) = state, current.isTransition, current.begin < instant
    else { return nil }
    state = .silent
    return Found(
      disturbance: Disturbance(
        .observed, at: current.begin, from: current.from, to: current.answering?.by),
      end: instant)
  }
}
