import Packets
import TopologyModel

/// Void, and why.
extension TransitionLedger {
  /// A move later than this is the tool's own doing, and later than what a figure may be off by.
  private var longestLateness: TimeSpan { min(.milliseconds(50), longestBlindness) }

  func voidReason(
    _ span: TransitionSpan, _ moves: Moves, _ windows: [(node: NodeID, window: ProberWindow)],
    isPausePassedOver: Bool
  ) -> String? {
    if isAbandoned { return "some nodes did not tell what they saw" }
    let movers = [span.disturbance.from, span.disturbance.to, moves.from, moves.to]
    if let lost = movers.compactMap({ $0 }).first(where: { isLost($0, in: span) }) {
      return "\(roster.name(of: lost)) was lost"
    }
    if let ended = endedDaemon(by: span.closed) { return ended }
    let reasons = faults(in: span).compactMap { event -> String? in
      guard case .fault(let fault, _, _) = event.observation else { return nil }
      if isPausePassedOver, fault.pause != nil { return nil }
      return fault.isOfMachine ? "\(fault)" : "\(roster.name(of: event.node)): \(fault)"
    }
    if let first = reasons.first { return first }
    if [.scheduled, .requested].contains(span.disturbance.kind), let to = moves.to,
      moves.from == to,
      moves.removed == nil
    {
      return "\(roster.name(of: to)) had the VIP already: nothing moved"
    }
    if let lateness = moves.lateness, lateness > longestLateness,
      let to = moves.to
    {
      return
        "\(roster.name(of: to)) took the VIP \(lateness.nanoseconds / 1_000_000) ms later than "
        + "it was told to"
    }
    if let early = earliness(span, moves) ?? lateFault(span) { return early }
    if !isPausePassedOver, let gap = windows.compactMap({ blindness($0.window, span) }).max() {
      return "no probe was sent for \(gap.nanoseconds / 1_000_000) ms as the VIP moved"
    }
    if let to = moves.to,
      let late = windows.first(where: { isOvertaken($0.window, by: $0.node, span) })
    {
      return
        "\(roster.name(of: to)) answered \(roster.name(of: late.node)) when that had the VIP already"
    }
    return windows.isEmpty ? "no node probed" : nil
  }

  /// Of a server whose clock was not known well when it moved: it did so before its time. The old holder may
  /// have done so in the turn before, and the new one in the turn after.
  private func earliness(_ span: TransitionSpan, _ moves: Moves) -> String? {
    guard [.scheduled, .requested].contains(span.disturbance.kind) else { return nil }
    let (begin, end) = (span.disturbance.at, span.closed)
    let deeds = [
      (
        moves.from, moves.from.flatMap { ownRelease(of: $0, from: judged, to: begin) }, begin,
        "gave up"
      ),
      (moves.to, moves.lateness == nil ? nil : moves.added, begin + roster.gap, "took"),
      (
        moves.to, moves.to.flatMap { ownRelease(of: $0, from: moves.added ?? begin, to: end) }, end,
        "gave up"
      ),
    ]
    for case (let node?, let instant?, let due, let deed) in deeds {
      let early = due - instant
      guard early > TransitionLedger.longestEarliness + clocks.bound(of: node, at: instant) else {
        continue
      }
      return
        "\(roster.name(of: node)) \(deed) the VIP \(early.nanoseconds / 1_000_000) ms before it "
        + "was told to"
    }
    return nil
  }

  /// A daemon that ended by itself, and was not started again.
  private func endedDaemon(by instant: Timestamp) -> String? {
    for member in roster.servers {
      let last = events.filter { event in
        guard event.node == member.node, event.observation.at < instant else { return false }
        switch event.observation {
        case .daemonEnded, .mended(.kill, _, _), .mended(.crash, _, _), .mended(.shutdown, _, _):
          return true
        default: return false
        }
      }.max { $0.observation.at < $1.observation.at }
      if case .daemonEnded(_, let words)? = last?.observation { return "\(member.name): \(words)" }
    }
    return nil
  }

  /// Something broke, or was whole again, later than it was to.
  private func lateFault(_ span: TransitionSpan) -> String? {
    guard span.disturbance.kind.isOfFaults else { return nil }
    for event in events where event.lateness ?? .zero > longestLateness {
      let milliseconds = (event.lateness ?? .zero).nanoseconds / 1_000_000
      switch event.observation {
      case .broken(let fault, _, span.disturbance.at):
        return
          "the \(fault.rawValue) of \(roster.name(of: event.node)) came \(milliseconds) ms late"
      case .mended(let fault, _, span.disturbance.at):
        return
          "the \(fault.rawValue) of \(roster.name(of: event.node)) ended \(milliseconds) ms late"
      default: continue
      }
    }
    return nil
  }

  /// When the node's own agent gave the VIP up in that time, and did not take it again.
  private func ownRelease(
    of node: NodeID, from begin: Timestamp, to end: Timestamp
  ) -> Timestamp? {
    let last = events.filter { event in
      event.node == node && (event.claim ?? event.release).map { begin <= $0 && $0 < end } ?? false
    }.max { $0.observation.at < $1.observation.at }
    guard case .released(let instant)? = last?.observation else { return nil }
    return instant
  }

  /// Agents act when it is time, and never before.
  private static let longestEarliness = TimeSpan.milliseconds(5)

  private func faults(in span: TransitionSpan) -> [Event] {
    events.filter {
      guard case .fault(_, let since, let instant) = $0.observation else { return false }
      return since <= span.closed && span.begin <= instant
    }.sorted { ($0.observation.at, $0.node) < ($1.observation.at, $1.node) }
  }

  /// On a path that is watched from outside nothing is made up for, and an outage of seconds is one whatever
  /// pause of this program's falls into it: in its midst it says nothing, and at its edge it is left
  /// out of it. Whether that is so of all pauses.
  func passOverPauses(
    _ windows: inout [NodeID: ProberWindow], _ span: TransitionSpan
  ) -> Bool {
    guard finder != nil, let (node, window) = windows.first else { return false }
    var pauses = faults(in: span).compactMap {
      event -> (gap: ProberWindow.Gap, length: TimeSpan)? in
      guard case .fault(let fault, let since, let instant) = event.observation,
        let length = fault.pause
      else { return nil }
      return (ProberWindow.Gap(from: since, to: instant), length)
    }
    if let gap = window.sendingGap { pauses.append((gap, gap.length)) }
    let edge =
      pauses.filter { !window.isMissed(from: $0.gap.from, to: $0.gap.to) }
      .map(\.length).max() ?? .zero
    guard TransitionLedger.leastShare * edge <= window.lossOfConnectivity, window.lost > 0 else {
      return false
    }
    if edge > longestBlindness { windows[node]?.leaveOut(edge) }
    return true
  }

  /// So many times a pause at its edge an outage is to be for it to be told of.
  private static let leastShare = 4

  /// How long nothing was sent between the disturbance and the first answer of the new holder: an
  /// outage may hide in that.
  private func blindness(_ window: ProberWindow, _ span: TransitionSpan) -> TimeSpan? {
    let end = window.firstReply ?? span.disturbance.at + roster.lead
    guard let gap = window.sendingGap, gap.length > longestBlindness,
      gap.from < end, span.disturbance.at - roster.lead < gap.to
    else { return nil }
    return gap.length
  }

  /// Whether the latest probes, of `node`, which took the VIP next by its own agent, were answered and got no
  /// answer: no kernel takes one in that is from an address of its own.
  private func isOvertaken(
    _ window: ProberWindow, by node: NodeID, _ span: TransitionSpan
  ) -> Bool {
    guard let unheard = window.unheard, unheard.count >= TransitionLedger.leastUnheard,
      span.closed - unheard.first < TransitionLedger.longestBacklog, window.firstReply != nil
    else { return false }
    return events.contains { event in
      guard event.node == node, case .claimed(_, let due) = event.observation else { return false }
      return span.closed <= due && due <= span.closed + roster.gap
    }
  }

  /// A path that loses some loses no row of them.
  private static let leastUnheard = 3
  /// What waits for longer was held up for so long, which is noticed.
  private static let longestBacklog = TimeSpan.milliseconds(250)

  private var longestBlindness: TimeSpan { max(.milliseconds(20), 10 * roster.interval) }
}
