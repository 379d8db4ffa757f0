package import Packets

/// What is broken on purpose.
package enum FaultName: String, Codable, CaseIterable, Sendable {
  /// The daemon ends (SIGKILL); what it set up stays.
  case kill
  /// The daemon ends, and the VIP goes, as with the machine.
  case crash
  /// The daemon stands still (SIGSTOP), and goes on as it is over (SIGCONT).
  case stop
  /// All processes of the node stand still, the service among them; its kernel goes on.
  case freeze
  /// The service at the VIP ends (`kill: service`); the daemon and the VIP are well.
  case killService = "kill-service"
  /// The node's cable is pulled at the switch, and plugged in again; of the second, again and again.
  case linkDown = "link-down"
  case linkFlap = "link-flap"
  /// The servers of the holder's switch do not hear each other; all others hear them, and they those.
  case partition

  /// Whether it is of the emulated switch, which is of labs only.
  var isOfSwitch: Bool { [.linkDown, .linkFlap, .partition].contains(self) }
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
