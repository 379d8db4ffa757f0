package import Packets

/// What is broken on purpose.
package enum FaultName: String, Codable, CaseIterable, Sendable {
  /// The daemon ends (SIGKILL); what it set up stays.
  case kill
  /// The daemon ends, and the VIP goes, as with the machine.
  case crash
  /// The daemon is told to end (SIGTERM), as for maintenance: it gives the VIP up in good order.
  case shutdown
  /// The daemon stands still (SIGSTOP), and goes on as it is over (SIGCONT).
  case stop
  /// All processes of the node stand still, the service among them; its kernel goes on.
  case freeze
  /// The service at the VIP ends (`kill: service`); the daemon and the VIP are well.
  case killService = "kill-service"
  /// The VIP is taken away by hand (`kill: address`); the daemon is well.
  case killAddress = "kill-address"
  /// What the node sends on the path is late.
  case slow
  /// The node's cable is pulled at the switch, and plugged in again; of the second, again and again.
  case linkDown = "link-down"
  case linkFlap = "link-flap"
  /// The servers of the holder's switch do not hear each other; all others hear them, and they those.
  case partition
  /// The holder does not hear the other servers, or they do not hear it.
  case partitionInward = "partition-inward"
  case partitionOutward = "partition-outward"
  /// The servers do not hear each other on the link that their heartbeats have of their own.
  case partitionHeartbeat = "partition-heartbeat"

  /// Whether it is of the emulated network, which is of labs only.
  var isOfNetwork: Bool {
    [.slow, .linkDown, .linkFlap, .partition, .partitionHeartbeat].contains(self) || isOneWay
  }

  /// Whether frames pass one way of the two, which takes nft(8) at the switch.
  package var isOneWay: Bool { self == .partitionInward || self == .partitionOutward }

  /// In a sentence: `after its crash`.
  package var noun: String { self == .slow ? "slowing down" : rawValue }

  /// Whether the holder is without a carrier.
  package var cutsOff: Bool { self == .linkDown || self == .linkFlap }

  /// Whether servers do not hear each other on the path, which is no outage of what they probe.
  package var partsServers: Bool { self == .partition || isOneWay }

  /// What a fault is that is not simply of the `holder`: `kill: service`.
  static let others: [FaultName: [String: FaultName]] = [
    .kill: ["service": .killService, "address": .killAddress],
    .partition: [
      "heartbeat": .partitionHeartbeat, "inward": .partitionInward, "outward": .partitionOutward,
    ],
  ]
}

/// A fault of whoever holds the VIP then, and for how long.
package struct FaultPlan: Codable, Hashable, Sendable {
  package var name: FaultName
  /// After the fault before it began.
  package var every: TimeSpan
  package var lasting: TimeSpan
  /// Of `slow`: by how much.
  @Nullable package var by: TimeSpan?

  package init(_ name: FaultName, every: TimeSpan, lasting: TimeSpan, by: TimeSpan? = nil) {
    self.name = name
    self.every = every
    self.lasting = lasting
    self.by = by
  }

  /// Of `slow`, unless it is written.
  static let usualDelay = TimeSpan.milliseconds(200)

  private enum CodingKeys: String, CodingKey {
    case name = "fault"
    case every = "every_ns"
    case lasting = "for_ns"
    case by = "by_ns"
  }
}
