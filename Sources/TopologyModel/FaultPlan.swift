package import Packets

/// What is broken on purpose.
package enum FaultName: String, Codable, CaseIterable, Sendable {
  /// The daemon ends (SIGKILL); what it set up stays.
  case kill
  /// The daemon ends, and the VIP goes, as with the machine.
  case crash
  /// The daemon stands still (SIGSTOP), and goes on as it is over (SIGCONT).
  case stop
  /// The node's cable is pulled at the switch, and plugged in again.
  case linkDown = "link-down"
  /// The servers of the holder's switch do not hear each other; all others hear them, and they those.
  case partition

  /// Whether it is of the emulated switch, which is of labs only.
  var isOfSwitch: Bool { self == .linkDown || self == .partition }
}

/// A fault of whoever holds the VIP then, and for how long.
package struct FaultPlan: Codable, Hashable, Sendable {
  package var name: FaultName
  /// After the fault before it began.
  package var every: TimeSpan
  package var lasting: TimeSpan

  package init(_ name: FaultName, every: TimeSpan, lasting: TimeSpan) {
    self.name = name
    self.every = every
    self.lasting = lasting
  }

  private enum CodingKeys: String, CodingKey {
    case name = "fault"
    case every = "every_ns"
    case lasting = "for_ns"
  }
}
