package import Packets
package import TopologyModel

/// Something that is broken on purpose at one node, and for how long.
package struct Fault: Codable, Hashable, Sendable {
  package let name: FaultName
  package let begin: Timestamp
  package let end: Timestamp
  /// Of `slow`: by how much.
  package let by: TimeSpan?

  package init(_ name: FaultName, begin: Timestamp, end: Timestamp, by: TimeSpan? = nil) {
    self.name = name
    self.by = by
    self.begin = begin
    self.end = end
  }
}

/// The faults of a round: those of a list in turn, and anew. Each comes a little later than it would by the clock,
/// by chance: otherwise all would meet the daemons' timers in the same phase.
package struct FaultSchedule: Sendable {
  private let plans: [FaultPlan]
  private let cycle: TimeSpan
  private let start: Timestamp
  private let scatter: TimeSpan
  private let seed: UInt64

  /// The first begins at `start`, or up to `scatter` later. `plans` are one or more.
  package init(_ plans: [FaultPlan], start: Timestamp, scatter: TimeSpan, seed: UInt64) {
    self.plans = plans
    self.start = start
    self.scatter = scatter
    self.seed = seed
    cycle = plans.reduce(.zero) { $0 + $1.every }
  }

  /// With number `number`, from 0 on.
  package func fault(_ number: Int) -> Fault {
    let (rounds, index) = number.quotientAndRemainder(dividingBy: plans.count)
    let before = plans[..<index].reduce(rounds * cycle) { $0 + $1.every }
    // The next one begins when it is over, however late that is and early the other.
    let most = max(.zero, min(scatter, (plans[index].every - plans[index].lasting) / 2))
    var chance = SplitMix64(state: seed &+ UInt64(number))
    let late = Int64.random(in: 0...most.nanoseconds, using: &chance)
    let begin = start + before + TimeSpan(nanoseconds: late)
    let plan = plans[index]
    return Fault(plan.name, begin: begin, end: begin + plan.lasting, by: plan.by)
  }
}
