package import Packets
package import TopologyModel

/// Which daemons are tried, with which intervals, and what they have to put up with.
package struct FrontierPlan: Sendable {
  package var methods: [FailoverMethodName]
  package var intervals: [TimeSpan]
  package var impairments: [Impairment]
  /// Of each, in each place.
  package var crashes: Int
  /// Without any, under the impairment.
  package var calm: TimeSpan
  /// Heartbeats of the pure state machines, in calm.
  package var simulated: Int

  /// Of those.
  static let simulatedCrashes = 1_000

  package init(
    methods: [FailoverMethodName], intervals: [TimeSpan], impairments: [Impairment], crashes: Int,
    calm: TimeSpan, simulated: Int
  ) {
    self.methods = methods
    self.intervals = intervals
    self.impairments = impairments
    self.crashes = crashes
    self.calm = calm
    self.simulated = simulated
  }

  /// Whole rounds of what freezes the holder.
  func calm(under freeze: Freeze?) -> TimeSpan {
    guard let freeze else { return calm }
    return Int(max(1, calm.nanoseconds / freeze.every.nanoseconds)) * freeze.every
  }
}
