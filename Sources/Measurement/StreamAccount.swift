import Packets
import TopologyModel

/// What is known of one stream of probes and not yet charged to a transition.
struct StreamAccount: Sendable {
  /// At the prober, in the order of sending.
  private var fates: [FateRun] = []
  private var arrivals: [(server: NodeID, run: ArrivalRun)] = []
  private var reflections: [(server: NodeID, run: ReflectionRun)] = []
  private var duplicates: [(sent: Timestamp, count: Int)] = []
  private var tracker: LossTracker
  /// The number of the first probe that is not charged.
  private var next: UInt32 = 0
  /// Whether servers know the lower bits of numbers only.
  private let isNumberedByPorts: Bool
  /// The highest number that was heard of.
  private var latest: UInt32 = 0

  init(interval: TimeSpan, isNumberedByPorts: Bool = false) {
    tracker = LossTracker(interval: interval)
    self.isNumberedByPorts = isNumberedByPorts
  }

  /// Where `isMerged`, an outage of days is kept as one run.
  mutating func take(_ run: FateRun, isMerged: Bool = false) {
    latest = max(latest, run.sequences.last)
    if isMerged, let last = fates.indices.last, fates[last].continues(with: run) {
      fates[last].sequences.last = run.sequences.last
      fates[last].last = run.last
      return
    }
    // By time: numbers begin anew after 2^32.
    let place = fates.lastIndex { $0.first < run.first }
    fates.insert(run, at: place.map { $0 + 1 } ?? 0)
  }

  mutating func take(_ run: ArrivalRun, at server: NodeID) {
    var run = run
    run.sequences = whole(run.sequences)
    arrivals.append((server, run))
  }

  mutating func take(_ run: ReflectionRun, at server: NodeID) {
    var run = run
    run.sequences = whole(run.sequences)
    reflections.append((server, run))
  }

  private mutating func whole(_ sequences: SequenceRange) -> SequenceRange {
    guard isNumberedByPorts else { return sequences }
    let first = PortNumbering.whole(sequences.first, near: latest)
    let whole = SequenceRange(
      first: first, last: first &+ UInt32(truncatingIfNeeded: sequences.count - 1))
    latest = max(latest, whole.last)
    return whole
  }

  mutating func takeDuplicates(sent: Timestamp, count: Int) { duplicates.append((sent, count)) }

  /// When the latest probe was sent, of those before `instant`, that nobody answered.
  func lastLost(before instant: Timestamp) -> Timestamp? {
    fates.last { !$0.isAnswered && $0.first < instant }?.prefix(before: instant)?.last
  }
}

/// Probes to transitions.
extension StreamAccount {
  /// Charges the probes sent before `following` begins to `window`. A hole that is open then goes on
  /// counting until the following disturbance itself.
  mutating func fold(
    into window: inout ProberWindow, until following: (begin: Timestamp, disturbance: Timestamp)
  ) {
    var charged: [FateRun] = []
    while let head = takeHead(until: following) {
      charged.append(head)
      for run in judge(head, holder: window.newHolder, until: following.disturbance) {
        window.record(run, tracker: &tracker)
      }
    }
    window.close(tracker: &tracker)
    window.sendingGap = longestGap(in: charged)
    if let first = charged.first?.sequences.first, let last = charged.last?.sequences.last,
      first <= last
    {
      let sequences = SequenceRange(first: first, last: last)
      window.firstArrival = firstArrival(of: sequences, at: window.newHolder)
      window.lastMisdirected = lastMisdirected(
        of: charged.filter { !$0.isAnswered }, until: following.disturbance)
    }
    window.duplicates = duplicates.filter { $0.sent < following.begin }.reduce(0) { $0 + $1.count }
    forget(before: following.begin)
  }

  /// Passes over the probes sent before `instant`: they belong to no transition.
  mutating func skip(
    until following: (begin: Timestamp, disturbance: Timestamp), into count: inout ProbeCount
  ) {
    while let head = takeHead(until: following) {
      count.record(head)
      for run in judge(head, holder: nil, until: following.disturbance) {
        _ = tracker.record(run)
      }
    }
    _ = tracker.cut()
    forget(before: following.begin)
  }

  /// The longest time in which no probe was sent though one was due.
  private func longestGap(in charged: [FateRun]) -> ProberWindow.Gap? {
    zip(charged, charged.dropFirst()).filter { !$1.isResuming }
      .map { ProberWindow.Gap(from: $0.last, to: $1.first) }
      .max { $0.length < $1.length }
  }

  /// The next run, cut off where the following transition begins.
  private mutating func takeHead(
    until following: (begin: Timestamp, disturbance: Timestamp)
  ) -> FateRun? {
    guard let run = fates.first else { return nil }
    let isInside = run.first < following.begin
    let isLeftOver = !run.isAnswered && (isInside || tracker.isOpen && !run.isResuming)
    let limit = isLeftOver ? following.disturbance : following.begin
    guard let head = run.prefix(before: limit) else { return nil }
    if let rest = run.dropping(head) { fates[0] = rest } else { fates.removeFirst() }
    next = head.sequences.last &+ 1
    return head
  }

  /// What is known of probes that are charged is of no more use.
  private mutating func forget(before begin: Timestamp) {
    duplicates.removeAll { $0.sent < begin }
    arrivals.removeAll { $0.run.sequences.last < next }
    reflections.removeAll { $0.run.sequences.last < next }
  }
}

/// What the servers saw of the probes.
extension StreamAccount {
  /// The run in parts that the servers saw alike.
  private func judge(
    _ run: FateRun, holder: NodeID?, until following: Timestamp
  ) -> [OutcomeRun] {
    if case .answered(let reflector) = run.fate {
      return [
        OutcomeRun(
          first: run.first, last: run.last, count: run.sequences.count,
          answered: run.answered ?? run.first, reflector: reflector, isResuming: run.isResuming)
      ]
    }
    let sequences = run.sequences
    let came = arrivals(of: run, until: following)
    let answered = reflections.filter { $0.run.sequences.overlaps(sequences) }
    let late: NodeID? = if case .late(let author) = run.fate { author } else { nil }
    // A connection that another took in the end had failed at the holder before.
    let isElsewhere = late.map { $0 != holder } ?? false
    return run.parts(cutAt: came.map(\.run.sequences) + answered.map(\.run.sequences)).map { part in
      let probe = part.sequences.first
      var outcome = OutcomeRun(
        first: part.first, last: part.last, count: part.sequences.count, answered: nil,
        reflector: 0, isResuming: part.isResuming)
      outcome.misdirectedTo =
        came.filter { !$0.run.isHeld && $0.run.sequences.contains(probe) }
        .max { ($0.run.first, $0.server) < ($1.run.first, $1.server) }?.server
      outcome.hasReachedHolder = came.contains {
        $0.run.isHeld && $0.run.sequences.contains(probe) && (!isElsewhere || $0.server == holder)
      }
      outcome.wasReflected = answered.contains {
        $0.run.sequences.contains(probe) && (!isElsewhere || $0.server == holder)
      }
      outcome.isLate = late != nil && !(isElsewhere && outcome.hasReachedHolder)
      return outcome
    }
  }

  private func firstArrival(of sequences: SequenceRange, at holder: NodeID?) -> Timestamp? {
    arrivals.filter {
      $0.server == holder && $0.run.isHeld && $0.run.sequences.overlaps(sequences)
    }
    .map { $0.run.instant(of: max($0.run.sequences.first, sequences.first)) }.min()
  }

  private func lastMisdirected(
    of lost: [FateRun], until following: Timestamp
  ) -> (server: NodeID, destination: MACAddress, at: Timestamp)? {
    lost.flatMap { run in
      arrivals(of: run, until: following).filter { !$0.run.isHeld }.map {
        let last = min($0.run.sequences.last, run.sequences.last)
        return (server: $0.server, destination: $0.run.destination, at: $0.run.instant(of: last))
      }
    }
    .max { ($0.at, $0.server) < ($1.at, $1.server) }
  }

  /// Where probes came in. What a kernel has sent again after the next disturbance says nothing of what was
  /// before.
  private func arrivals(
    of run: FateRun, until following: Timestamp
  ) -> [(server: NodeID, run: ArrivalRun)] {
    arrivals.filter {
      guard $0.run.sequences.overlaps(run.sequences) else { return false }
      let first = max($0.run.sequences.first, run.sequences.first)
      let came = $0.run.instant(of: first)
      return came < following || came - run.instant(of: first) < StreamAccount.resendTimeout
    }
  }

  /// Less than the first time-out of a SYN, which is a second (RFC 6298).
  private static let resendTimeout = TimeSpan.milliseconds(900)
}

extension FateRun {
  /// Whether `next` follows at once, as lost as this.
  fileprivate func continues(with next: FateRun) -> Bool {
    fate == .lost && next.fate == .lost && !next.isResuming
      && sequences.last &+ 1 == next.sequences.first && next.sequences.first != 0
  }

  /// When probe `sequence` was sent, by the steady pace of the run.
  fileprivate func instant(of sequence: UInt32) -> Timestamp {
    first.advanced(towards: last, by: Int(sequence) - Int(sequences.first), of: sequences.count - 1)
  }

  /// The probes from number `from` to `to`.
  private func slice(_ from: UInt32, _ to: UInt32) -> FateRun {
    var slice = self
    slice.sequences = SequenceRange(first: from, last: to)
    slice.first = instant(of: from)
    slice.last = instant(of: to)
    slice.answered = answered.map { $0 + (slice.first - first) }
    slice.isResuming = isResuming && from == sequences.first
    return slice
  }

  /// The probes sent before `instant`; `nil` when there are none.
  func prefix(before instant: Timestamp) -> FateRun? {
    guard first < instant else { return nil }
    guard last >= instant, sequences.count > 1 else { return self }
    let span = Double((last - first).nanoseconds)
    let steps = Double((instant - first).nanoseconds) / span * Double(sequences.count - 1)
    var end = sequences.first + UInt32(max(0, min(Double(sequences.count - 1), steps.rounded(.up))))
    while end > sequences.first, self.instant(of: end) >= instant { end -= 1 }
    return slice(sequences.first, end)
  }

  /// What is left without `head`, its beginning.
  func dropping(_ head: FateRun) -> FateRun? {
    head.sequences.last < sequences.last ? slice(head.sequences.last + 1, sequences.last) : nil
  }

  /// The run in parts, none of which lies across the beginning or end of one of `ranges`.
  func parts(cutAt ranges: [SequenceRange]) -> [FateRun] {
    var starts: Set<UInt32> = [sequences.first]
    for range in ranges {
      starts.insert(range.first)
      starts.insert(range.last &+ 1)
    }
    let inside = starts.filter(sequences.contains).sorted()
    return inside.indices.map { index in
      let next = index + 1 < inside.count ? inside[index + 1] - 1 : sequences.last
      return slice(inside[index], next)
    }
  }
}

/// Probes, and those of them that nobody answered.
package struct ProbeCount: Codable, Hashable, Sendable {
  package var sent = 0
  package var lost = 0

  package init() {}

  mutating func record(_ run: FateRun) {
    sent += run.sequences.count
    if !run.isAnswered { lost += run.sequences.count }
  }

  static func - (all: ProbeCount, some: ProbeCount) -> ProbeCount {
    var rest = all
    rest.sent = max(0, all.sent - some.sent)
    rest.lost = max(0, all.lost - some.lost)
    return rest
  }
}
