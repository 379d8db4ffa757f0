import Measurement
import Packets
import TopologyModel

/// What is told of a path while it goes on, from what its nodes see.
struct LiveWatch {
  private let roster: PathRoster
  /// Who took the VIP last.
  private var latest: NodeID?
  /// Whether programs of their own move it.
  var areProgramsAtWork = false
  /// Who has it, in the order of taking it.
  private var holders: [NodeID] = []
  private var runs: MisdirectedRuns
  private var tallies: [NodeID: ProbeTally]
  /// When a fault of each kind was told last.
  private var told: [String: Timestamp] = [:]

  private var nextTallies = Timestamp(nanoseconds: 0)

  /// Every node has told something in that time.
  private static let talliesApart = TimeSpan.milliseconds(250)
  private static let faultsApart = TimeSpan.seconds(5)

  /// Who took it last, of those that have it.
  var holder: NodeID? { holders.last }

  init(_ roster: PathRoster) {
    self.roster = roster
    runs = MisdirectedRuns(quiet: max(.milliseconds(500), 2 * roster.interval))
    tallies = LiveWatch.empty(roster)
  }

  private static func empty(_ roster: PathRoster) -> [NodeID: ProbeTally] {
    Dictionary(uniqueKeysWithValues: roster.probers.map { ($0.node, ProbeTally(node: $0.name)) })
  }

  mutating func begin(at now: Timestamp) {
    latest = nil
    holders = []
    nextTallies = now + LiveWatch.talliesApart
  }

  /// What came is told, what ended too.
  mutating func end(_ tell: (PathNews) -> Void) {
    self.tell(at: .distantFuture, tell)
  }

  mutating func follow(
    _ observation: Observation, of node: NodeID, _ tell: (PathNews) -> Void
  ) {
    let name = roster.name(of: node)
    switch observation {
    case .claimed(let instant, let due):
      take(node, at: instant, due: due, tell)
    case .foreignClaim(let instant):
      take(node, at: instant, due: instant, tell)
    case .released: holders.removeAll { $0 == node }
    case .foreignRelease(let instant):
      let wasLatest = holder == node
      holders.removeAll { $0 == node }
      if areProgramsAtWork, wasLatest, let holder {
        // One that has had it all along.
        tell(
          .claimed(
            Claim(at: instant, due: instant, from: name, to: roster.name(of: holder))))
        latest = holder
      }
      // What daemons do is what is measured.
      guard !areProgramsAtWork else { break }
      tell(.warning("\(name): \(roster.vip) was removed by someone else"))
    case .daemonEnded(_, let words): tell(.warning("\(name): \(words)"))
    case .refused(let deed, _, let reason):
      tell(.warning("\(name) could not \(deed) \(roster.vip): \(reason)"))
    case .blurred(_, let reason):
      tell(.warning("\(name): \(reason)"))
    case .fault(let fault, _, let instant):
      tellOf(fault, at: instant, name, tell)
    case .fates(let run):
      tallies[run.stream.prober]?.record(run)
    case .arrivals(let run) where !run.isHeld:
      tallies[run.stream.prober]?.recordMisdirected(run.sequences.count)
      runs.record(
        at: node, from: run.stream.prober, first: run.first, last: run.last,
        count: run.sequences.count)
    default:
      break
    }
  }

  private mutating func take(
    _ node: NodeID, at instant: Timestamp, due: Timestamp, _ tell: (PathNews) -> Void
  ) {
    let claim = Claim(
      at: instant, due: due, from: (holder ?? latest).map(roster.name),
      to: roster.name(of: node))
    tell(.claimed(claim))
    latest = node
    holders.removeAll { $0 == node }
    holders.append(node)
  }

  /// Every node of a machine suffers from its faults; they are told once.
  private mutating func tellOf(
    _ fault: OwnFault, at instant: Timestamp, _ name: String, _ tell: (PathNews) -> Void
  ) {
    let kind = fault.kind
    if let last = told[kind], instant - last < LiveWatch.faultsApart { return }
    told[kind] = instant
    let subject = fault.isOfMachine ? "" : "\(name): "
    let consequence =
      roster.outside == nil
      ? "the transitions under way are void" : "a transition under way may be void"
    tell(.warning("\(subject)\(fault); \(consequence)"))
  }

  /// What is told now and then.
  mutating func tell(at now: Timestamp, _ tell: (PathNews) -> Void) {
    runs.sweep(at: now) { run, pair, isOver in
      tell(
        .misdirected(
          MisdirectedRun(
            server: roster.name(of: pair.server), prober: roster.name(of: pair.prober),
            first: run.first, last: run.last, count: run.count, isOver: isOver)))
    }
    let current = roster.probers.compactMap { tallies[$0.node] }
    guard nextTallies <= now, current.contains(where: { $0.total > 0 }) else { return }
    nextTallies = now == .distantFuture ? nextTallies : now + LiveWatch.talliesApart
    tell(.probes(current))
    tallies = LiveWatch.empty(roster)
  }
}
