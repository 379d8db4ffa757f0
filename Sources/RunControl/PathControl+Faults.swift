import FailoverMethods
import LinuxNet
import Measurement
import NodeAgent
import Packets
import TopologyModel

/// What breaks in a round in which daemons decide who holds the VIP.
struct FaultRound {
  let schedule: FaultSchedule
  /// How many faults there are; `nil` for no end.
  let count: Int?
  /// How many of them are over with, or under way.
  var told = 0

  /// Of the next one; `nil` when that was the last.
  var next: Fault? { told == count ? nil : schedule.fault(told) }
}

/// Rounds in which daemons decide, and something breaks again and again.
extension PathControl {
  /// Ahead of its time a node is told of a fault.
  static let notice = TimeSpan.milliseconds(300)

  /// Breaks what holds the VIP as often as `transitions` says. What is whole again may move it, too.
  func runFaults(
    _ failover: FailoverSettings, transitions: Int?, settle: TimeSpan, calm: TimeSpan
  ) -> RoundEnd {
    begin(Round(failover, start: WallClock.now, settle: settle))
    guard let holder = waitForHolder(failover) else {
      stop()
      while !isOver { collect() }
      _ = finishRound()
      return .interrupted
    }
    order(.probe(from: WallClock.now, holder: holder))
    // The list goes on where the round before left it.
    let next = faultsMade % failover.faults.count
    let plans = Array(failover.faults[next...] + failover.faults[..<next])
    faults = FaultRound(
      schedule: FaultSchedule(
        plans, start: WallClock.now + max(settle, PathControl.notice, calm),
        scatter: failover.interval, seed: seed &+ UInt64(faultsMade)),
      count: transitions)
    while !isOver {
      if !isStopped { breakWhatIsDue() }
      collect()
    }
    faults = nil
    return finishRound()
  }

  /// Who took the VIP, where none is about to take it from him; `nil` where nobody did.
  private func waitForHolder(_ failover: FailoverSettings) -> NodeID? {
    // One of a higher priority that comes a little later takes it from him within that time.
    let calm = failover.detection + .seconds(1)
    let limit = WallClock.now + PathControl.patience + 3 * calm
    var since: (holder: NodeID, at: Timestamp)?
    while !isStopped, WallClock.now < limit {
      collect()
      guard let holder = live.holder else { continue }
      if since?.holder != holder { since = (holder, WallClock.now) }
      if let since, WallClock.now - since.at >= calm { return holder }
    }
    if !isStopped {
      let words = lastRemark.map { ": \($0)" } ?? ""
      tell(.warning("a round is left out: no server took \(roster.vip)\(words)"))
    }
    return nil
  }

  private func breakWhatIsDue() {
    guard let round = faults, end == nil else { return }
    guard let fault = round.next else {
      let last = round.schedule.fault(round.told).begin - roster.lead
      end = last
      order(.end(at: last))
      return close(at: last, isInterrupted: false)
    }
    guard WallClock.now >= fault.begin - PathControl.notice else { return }
    faults?.told += 1
    faultsMade += 1
    guard let holder = live.holder, !lost.contains(holder) else {
      return tell(
        .warning("nobody holds \(roster.vip): no \(fault.name.rawValue) of its holder"))
    }
    fleet.send(.fault(fault: fault), to: holder)
    disturb(Disturbance(.fault, at: fault.begin, from: holder, fault: fault.name))
    disturb(Disturbance(.recovery, at: fault.end, fault: fault.name))
  }
}
