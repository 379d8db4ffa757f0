package import Packets
package import TopologyModel

/// Something that is broken on purpose at one node, and for how long.
package struct Fault: Codable, Hashable, Sendable {
  package let name: FaultName
  package let begin: Timestamp
  package let end: Timestamp

  package init(_ name: FaultName, begin: Timestamp, end: Timestamp) {
    self.name = name
    self.begin = begin
    self.end = end
  }
}

/// The faults of a round: those of a list in turn, and anew.
package struct FaultSchedule: Sendable {
  private let plans: [FaultPlan]
  private let cycle: TimeSpan
  private let start: Timestamp

  /// The first begins at `start`. `plans` are one or more.
  package init(_ plans: [FaultPlan], start: Timestamp) {
    self.plans = plans
    self.start = start
    cycle = plans.reduce(.zero) { $0 + $1.every }
  }

  /// With number `number`, from 0 on.
  package func fault(_ number: Int) -> Fault {
    let (rounds, index) = number.quotientAndRemainder(dividingBy: plans.count)
    let before = plans[..<index].reduce(rounds * cycle) { $0 + $1.every }
    let begin = start + before
    return Fault(plans[index].name, begin: begin, end: begin + plans[index].lasting)
  }
}
