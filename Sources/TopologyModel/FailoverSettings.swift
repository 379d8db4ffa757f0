package import Packets

package enum FailoverMethodName: String, Codable, CaseIterable, Sendable {
  /// The wall-clock schedule of the Hetzner seed.
  case juggle
  /// On request, from the first server to the second and back, as the Azure seed's script does.
  case handover
  /// Two processes that watch each other (`vipjuggler heartbeat`).
  case heartbeat
  /// keepalived, by RFC 5798.
  case vrrp
  /// ucarp, by the Common Address Redundancy Protocol of OpenBSD.
  case carp
  /// The user's own commands, on request as `handover`.
  case script
  /// OCF resource agents, run as Pacemaker runs them, on servers that watch each other.
  case ocf

  /// Whether programs of their own decide who holds the VIP, and move it when something breaks.
  package var isOfDaemons: Bool { [.heartbeat, .vrrp, .carp, .ocf].contains(self) }

  /// Whether its daemons send each other this program's heartbeats.
  package var hasHeartbeats: Bool { self == .heartbeat || self == .ocf }

  /// Whether it runs what somebody else wrote, which announces the VIP in its own way, if at all.
  package var runsPrograms: Bool { self == .script || self == .ocf }

  /// Whether the VIP moves when it is asked for.
  package var isOnRequest: Bool { self == .handover || self == .script }

  /// Whether programs other than this move the VIP.
  package var isOfPrograms: Bool { isOfDaemons || self == .script }
}

package struct FailoverSettings: Hashable, Sendable {
  package let method: FailoverMethodName
  /// How long each server holds the VIP.
  package var every: TimeSpan
  package let announceEvery: TimeSpan
  /// How many announcements follow each other; `nil` for all that fit into the turn.
  package var announceCount: Int?
  /// Of a method that moves on request: when it is asked for, from the beginning of a round on; empty for
  /// every turn.
  package var requests: [TimeSpan] = []
  /// Whether a holder gives the VIP up when another takes it.
  package var releases = true
  package let form: AnnouncementForm
  /// By how much the release comes after the claim; negative when a gap is left between them.
  package let overlap: TimeSpan
  /// From the new holder's first announcement on; after it a transition that still misses is
  /// stuck.
  package var stuckAfter: TimeSpan
  /// How those that still miss the new holder are helped; `nil` where nobody helps them.
  package var healing: Healing?
  /// How the daemons of `heartbeat`, of `vrrp` and of `carp` watch each other.
  package var heartbeat = HeartbeatSettings()
  package var vrrp = AdvertisementSettings()
  package var carp = AdvertisementSettings()
  /// Of `script`.
  package var script: ScriptSettings?
  /// Of `ocf`: what moves together, started in that order and stopped the other way round.
  package var resources: [ClusterResource] = []
  /// What breaks, one after the other and anew, where daemons decide; empty elsewhere.
  package var faults: [FaultPlan] = []
  /// Of the VIP, which decides what an announcement is called.
  package internal(set) var family: IPFamily

  package init(
    method: FailoverMethodName, every: TimeSpan, announceEvery: TimeSpan, form: AnnouncementForm,
    overlap: TimeSpan, stuckAfter: TimeSpan, healing: Healing? = nil, family: IPFamily = .v4
  ) {
    self.healing = healing
    self.family = family
    self.method = method
    self.every = every
    self.announceEvery = announceEvery
    self.form = form
    self.overlap = overlap
    self.stuckAfter = stuckAfter
  }
}

extension FailoverSettings {
  /// What its announcements are called.
  package var formName: String { form.name(in: family) }

  /// How often it is announced: `every 500ms`, or `3 times 1s apart`.
  package var announcementPace: String {
    switch announceCount {
    case nil: "every \(announceEvery)"
    case 1?: "once"
    case let count?: "\(count) times \(announceEvery) apart"
    }
  }

  /// Whether some fault is of the emulated network.
  package var breaksNetworks: Bool { faults.contains { $0.name.isOfNetwork } }

  /// Whether some fault is of one way of the two between servers.
  package var partsOneWay: Bool { faults.contains { $0.name.isOneWay } }

  /// Between two words of the daemons.
  package var interval: TimeSpan {
    switch method {
    case .juggle, .handover, .script: .zero
    case .heartbeat, .ocf: heartbeat.every
    case .vrrp: vrrp.every
    case .carp: carp.every
    }
  }

  /// Whether a server of a higher priority takes the VIP back when it has returned.
  package var preempts: Bool {
    switch method {
    case .juggle, .handover, .script: false
    case .heartbeat, .ocf: heartbeat.preempts
    case .vrrp: vrrp.preempts
    case .carp: carp.preempts
    }
  }

  /// The time between the release and the claim; zero where they overlap.
  package var gap: TimeSpan { max(.zero, .zero - overlap) }
}

package enum HealingMethod: String, Codable, CaseIterable, Sendable {
  /// Every node of the VIP's segment pings the new holder's own address, the work-around of the
  /// DigitalOcean seed.
  case pingPrimary = "ping-primary"
}

package struct Healing: Codable, Hashable, Sendable {
  package let method: HealingMethod
  /// From the claim on.
  package let after: TimeSpan

  package init(method: HealingMethod, after: TimeSpan) {
    self.method = method
    self.after = after
  }

  private enum CodingKeys: String, CodingKey {
    case method
    case after = "after_ns"
  }
}
