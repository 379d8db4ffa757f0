import Packets
import Yams

/// A topology file as it is written: every value with its place, nothing filled in, nothing held
/// against anything else.
struct TopologyDocument {
  struct Segment {
    var name: Located<String>
    var subnet: Located<IPNetwork>?
    var switchModel: Located<SwitchModelName>?
    var probability: Located<Share>?
    var hold: Located<TimeSpan>?
    var apiDelay: Located<TimeSpan>?
    var robot: Located<RobotPlan>?
    var ageingTime: Located<TimeSpan>?
    /// The keys beside the model's name.
    var switchParameters: [Located<String>] = []
    var mtu: Located<Int>?
    var delay: Located<TimeSpan>?
    var jitter: Located<TimeSpan>?
    var loss: Located<Share>?
    var rate: Located<BitRate>?
  }

  struct Node {
    var name: Located<String>
    var role: Located<NodeRole>?
    var attachments: [Attachment]
    var reach: Located<Reach>?
    /// Whether it says how it is reached, rightly or not.
    var isHost = false
    var neighbourSettings: [NeighbourSetting] = []
  }

  struct Attachment {
    var segment: Located<String>
    var address: Located<IPAddress>
    var vlan: Located<Int>?
    var interface: Located<String>?
    var isExisting: Located<Bool>?
    var gateway: Located<IPAddress>?

    /// Whether its interface and address are there already.
    var usesExisting: Bool { isExisting?.value ?? false }
  }

  struct Path {
    var name: Located<String>
    var kind: Located<PathKind>?
    var segment: Located<String>?
    var replies: Located<String>?
    var vip: Located<IPAddress>?
    var vni: Located<Int>?
    var port: Located<Int>?
    var subnet: Located<IPNetwork>?
    var mtu: Located<Int>?
    var udpChecksum: Located<Bool>?
    var addresses: [(node: Located<String>, address: Located<IPAddress>)]
    var macs: [(node: Located<String>, mac: Located<MACAddress>)]
    var overlayKeys: [Located<String>]
    var failover: Failover?
  }

  struct Failover {
    var method: Located<FailoverMethodName>?
    var every: Located<TimeSpan>?
    var announceEvery: Located<TimeSpan>?
    var announceCount: Located<Int>?
    var releases: Located<Bool>?
    var form: Located<AnnouncementForm>?
    var overlap: Located<TimeSpan>?
    var gap: Located<TimeSpan>?
    var stuckAfter: Located<TimeSpan>?
    var heal: Located<HealingMethod>?
    var healAfter: Located<TimeSpan>?
    var heartbeat: Heartbeat?
    var vrrp: Advertisements?
    var carp: Advertisements?
    var faults: [Located<Fault>]?
    var script: Script?
    var resources: Located<[ClusterResource]>?

    /// What is written here, and for the rest what `other` says that has a meaning for the method.
    func over(_ written: Failover) -> Failover {
      let other = method.map { written.of($0.value) } ?? written
      let order = overlap == nil && gap == nil ? other : self
      return Failover(
        method: method ?? other.method, every: every ?? other.every,
        announceEvery: announceEvery ?? other.announceEvery,
        announceCount: announceCount ?? other.announceCount, releases: releases ?? other.releases,
        form: form ?? other.form,
        overlap: order.overlap, gap: order.gap, stuckAfter: stuckAfter ?? other.stuckAfter,
        heal: heal ?? other.heal, healAfter: healAfter ?? other.healAfter,
        heartbeat: heartbeat.map { $0.over(other.heartbeat) } ?? other.heartbeat,
        vrrp: vrrp.map { $0.over(other.vrrp) } ?? other.vrrp,
        carp: carp.map { $0.over(other.carp) } ?? other.carp,
        faults: faults ?? other.faults, script: script ?? other.script,
        resources: resources ?? other.resources)
    }

    private func of(_ method: FailoverMethodName) -> Failover {
      var part = self
      if method.isOfDaemons {
        (part.overlap, part.gap, part.releases) = (nil, nil, nil)
        (part.heal, part.healAfter) = (nil, nil)
      } else {
        (part.heartbeat, part.vrrp, part.carp, part.faults) = (nil, nil, nil, nil)
      }
      if method.runsPrograms {
        (part.announceEvery, part.announceCount, part.form) = (nil, nil, nil)
      }
      return part
    }
  }

  /// How the two of `method: heartbeat` watch each other.
  struct Heartbeat {
    var place: Place
    var every: Located<TimeSpan>?
    var dead: Located<TimeSpan>?
    var preempts: Located<Bool>?
    var hasDyingBreath: Located<Bool>?
    var over: Located<String>?
    var priorities: Located<[Int]>?

    func over(_ other: Heartbeat?) -> Heartbeat {
      Heartbeat(
        place: place, every: every ?? other?.every, dead: dead ?? other?.dead,
        preempts: preempts ?? other?.preempts,
        hasDyingBreath: hasDyingBreath ?? other?.hasDyingBreath, over: over ?? other?.over,
        priorities: priorities ?? other?.priorities)
    }
  }

  /// The same of `method: vrrp` and of `carp`.
  struct Advertisements {
    var place: Place
    var every: Located<TimeSpan>?
    var preempts: Located<Bool>?
    var priorities: Located<[Int]>?
    var garpDelay: Located<TimeSpan>?
    var garpRefresh: Located<TimeSpan>?

    func over(_ other: Advertisements?) -> Advertisements {
      Advertisements(
        place: place, every: every ?? other?.every, preempts: preempts ?? other?.preempts,
        priorities: priorities ?? other?.priorities, garpDelay: garpDelay ?? other?.garpDelay,
        garpRefresh: garpRefresh ?? other?.garpRefresh)
    }
  }

  /// The commands of `method: script`.
  struct Script {
    var place: Place
    var claim: [String]
    var release: [String]?
    var timeout: TimeSpan?
  }

  struct Fault {
    var name: FaultName
    var every: Located<TimeSpan>?
    var lasting: Located<TimeSpan>?
    var by: Located<TimeSpan>?
  }

  struct Probe {
    var kind: Located<ProbeKind>?
    var every: Located<TimeSpan>?
    var port: Located<Int>?
  }

  var name: Located<String>?
  var seed: Located<UInt64>?
  var segments: [Segment] = []
  var nodes: [Node] = []
  var paths: [Path] = []
  var failover = Failover()
  var probe = Probe()
}
