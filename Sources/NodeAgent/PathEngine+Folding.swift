import FailoverMethods
import LinuxNet
import Measurement
import Packets
import TopologyModel

/// From records to figures: what is decided is folded at once and forgotten.
extension PathEngine {
  /// Folds every probe that is answered or given up by `now`, in the order of sending.
  mutating func fold(_ now: Timestamp) {
    let givenUp = now - PathEngine.replyTimeout
    for index in probers.indices {
      while let outcome = probers[index].ring.takeDecided(givenUp: givenUp) {
        fold(outcome, of: index)
      }
    }
    complete(drained: false)
  }

  private mutating func fold(_ outcome: ProbeOutcome, of prober: Int) {
    tallies[prober].record(outcome.fate)
    let base = open.first?.index ?? nextIndex
    while let following = position(of: max(probers[prober].window + 1, base)),
      open[following].begin <= outcome.sent,
      !isLeftOver(outcome, of: prober, before: open[following].turn.scheduled)
    {
      if let current = position(of: probers[prober].window) {
        open[current].windows[prober].close(tracker: &probers[prober].tracker)
      } else {
        _ = probers[prober].tracker.cut()
      }
      probers[prober].window = open[following].index
    }
    if let current = position(of: probers[prober].window) {
      open[current].windows[prober].record(outcome, tracker: &probers[prober].tracker)
    } else {
      _ = probers[prober].tracker.record(outcome)
    }
  }

  /// Whether the probe was lost to the outage of the turn before, which is not over.
  private func isLeftOver(
    _ outcome: ProbeOutcome, of prober: Int, before scheduled: Timestamp
  ) -> Bool {
    outcome.answered == nil && outcome.sent < scheduled && !outcome.isResuming
      && probers[prober].tracker.isOpen
  }

  /// Where in `open` the transition with number `index` is.
  private func position(of index: Int) -> Int? {
    guard let first = open.first?.index, index >= first, index - first < open.count else {
      return nil
    }
    return index - first
  }

  /// Tells every transition, in order, whose probes are all decided.
  mutating func complete(drained: Bool) {
    while !open.isEmpty, open[0].closed != .distantFuture {
      let closed = open[0].closed
      let isPast = closed <= WallClock.now
      let isDecided = probers.indices.allSatisfy {
        probers[$0].ring.oldestSent.map { closed <= $0 } ?? isPast
      }
      guard drained || isDecided else { return }
      for index in probers.indices where probers[index].window == open[0].index {
        open[0].windows[index].close(tracker: &probers[index].tracker)
      }
      let transition = open.removeFirst()
      if hasVerdict(transition) {
        let result = transition.result(
          ports: ports, servers: servers, interval: settings.probe.every)
        if result.isSlow { tellCaptures(of: transition) }
        tell(.transition(result))
      }
    }
  }

  private func tellCaptures(of transition: OpenTransition) {
    let capture = TransitionCapture(transition, ports: ports, servers: servers)
    for port in ports.indices {
      guard let bytes = capture.file(of: port) else { continue }
      tell(
        .capture(
          CaptureFile(transition: transition.index, node: ports[port].name, bytes: bytes)))
    }
  }

  /// Whether enough of the transition was seen to call it good: an interruption can end it first.
  private func hasVerdict(_ transition: OpenTransition) -> Bool {
    let claimed = transition.announced ?? transition.addressAdded ?? transition.turn.scheduled
    return !wasInterrupted || claimed + settings.failover.stuckAfter <= transition.end
  }
}

/// What is looked after now and then.
extension PathEngine {
  private static let sweepInterval = TimeSpan.milliseconds(100)
  /// Slewing moves the wall clock by 0.05 ms between two sweeps at most; more than this is a step.
  private static let clockStep = TimeSpan.milliseconds(5)

  mutating func sweep(_ now: Timestamp) {
    nextSweep = now + PathEngine.sweepInterval
    watchClock()
    let (ports, tell) = (ports, tell)
    runs.sweep(at: now) { run, server, prober, isOver in
      tell(
        .misdirected(
          MisdirectedRun(
            server: ports[server].name, prober: ports[prober].name, first: run.first,
            last: run.last, count: run.count, isOver: isOver)))
    }
    tellTallies()
    if probesSkipped > 0 {
      tell(
        .warning(
          "the machine could not keep the pace: \(probesSkipped) probe intervals were skipped"))
      probesSkipped = 0
    }
  }

  private mutating func tellTallies() {
    guard tallies.contains(where: { $0.total > 0 }) else { return }
    tell(.probes(tallies))
    for index in tallies.indices { tallies[index] = ProbeTally(node: ports[index].name) }
  }

  private mutating func watchClock() {
    let offset = WallClock.offsetFromMonotonic
    let moved = offset - clockOffset
    clockOffset = offset
    guard max(moved, .zero - moved) > PathEngine.clockStep else { return }
    tell(.warning("the clock was set by \(moved); the transitions under way are void"))
    for index in open.indices { open[index].isVoid = true }
  }

  /// Follows the kernel's tables at one node: the entry of a prober for the VIP, and changes to
  /// the VIP that are not this program's.
  mutating func followChanges(at port: Int) {
    let now = WallClock.now
    let (interface, vip, name) = (ports[port].interface, ports[port].vip, ports[port].name)
    var seen: [NetworkChange] = []
    ports[port].monitor.drain { seen.append($0) }
    for change in seen {
      switch change {
      case .neighbour(vip, let mac, let state, interface):
        record(NeighbourView(at: now, mac: mac, isPinned: state.isPinned), at: port)
        let entry = mac.map { "lladdr \($0) \(state.rawValue)" } ?? state.rawValue
        note("neighbour \(vip) \(entry)", at: port, now)
      case .neighbourRemoved(vip, interface):
        record(NeighbourView(at: now, mac: nil, isPinned: false), at: port)
        note("neighbour \(vip) removed", at: port, now)
      case .addressAdded(vip, interface) where !holdings[port].isOpen:
        holdings[port].begin(at: now)
        tell(.warning("\(name): \(vip) was added by someone else"))
      case .addressRemoved(vip, interface) where holdings[port].isOpen:
        holdings[port].end(at: now)
        tell(.warning("\(name): \(vip) was removed by someone else"))
      case .link(interface, isUp: false):
        note("link down", at: port, now)
      case .overrun:
        tell(.warning("\(name): some changes of its network went by unseen"))
      default:
        break
      }
    }
  }

  private mutating func record(_ entry: NeighbourView, at port: Int) {
    entries[port] = entry
    guard let window = transition(at: entry.at) else { return }
    for prober in deciders.indices where deciders[prober] == port {
      open[window].windows[prober].recordEntry(entry)
    }
  }

  private mutating func note(_ event: String, at port: Int, _ now: Timestamp) {
    guard let window = transition(at: now) else { return }
    for prober in deciders.indices where deciders[prober] == port {
      let event = prober == port ? event : "\(ports[port].name): \(event)"
      open[window].evidence[prober].append(Evidence(at: now, event: event))
    }
  }
}
