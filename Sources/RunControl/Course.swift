import LinuxNet
import Measurement
import NodeAgent
import Packets
import Records
import TopologyModel

/// A path that takes part, with one way of moving its VIP, and what was measured on it.
final class Course {
  /// The path's; with several methods its and the method's.
  let name: String
  let path: TopologyPath
  private let topology: Topology
  private let interruption: Interruption
  private let control: PathControl
  /// `nil` where what does not hang on the method is measured with another.
  private let meter: (any LatencyMeter)?
  private let pair: MeasuredPair
  private let names: (from: String, to: String)
  private let latencyPlan: LatencyPlan?
  private let transitions: Collected<TransitionRecord>
  let roster: PathRoster
  private var latency: [(round: Int, recorder: LatencyRecorder)] = []
  /// What was in its way last.
  private var latencyObjection: String?
  private var bandwidth: BandwidthMeter?
  private var bandwidthObjection: String?
  private var link: LinkDescription
  /// What the segments add to a packet's way.
  private let segmentDelay: TimeSpan

  /// Frames that a path's nodes keep for captures, all together: 32 MiB.
  static let recorded = 1 << 18

  /// Before the probes that count: for addresses to be resolved and caches to be warm.
  private static let warmUp = TimeSpan.milliseconds(100)

  /// The first of a path's courses measures the path at rest, too.
  init(
    _ name: String, _ path: TopologyPath, site: any Site, fleet: any Fleet, plan: ExperimentPlan,
    isFirst: Bool, interruption: Interruption,
    journal: @escaping (JournalEntry) -> Void, tell: @escaping (PathNews) -> Void
  ) throws {
    topology = site.topology
    self.interruption = interruption
    segmentDelay = topology.delay(of: path)
    self.name = name
    self.path = path
    latencyPlan = isFirst ? plan.latency : nil
    let transitions = Collected<TransitionRecord>(most: plan.kept)
    self.transitions = transitions
    var roster = try site.roster(of: path)
    roster.path = name
    self.roster = roster
    control = PathControl(
      roster, fleet: fleet,
      interruption: interruption, keepsCaptures: plan.capturesFrames, seed: topology.seed ?? 0,
      journal: journal
    ) {
      if case .transition(let record) = $0 { transitions.append(record) }
      tell($0)
    }
    pair = path.measuredPair(in: topology)
    names = (topology.nodes[pair.from.node].name, topology.nodes[pair.to.node].name)
    link = try site.survey(path, at: pair.from)
    meter = isFirst ? try site.meter(path, between: pair, interruption: interruption) : nil
    guard isFirst, let bandwidth = plan.bandwidth else { return }
    do {
      let transfer = try site.transfer(
        path, between: pair,
        IperfClient.Load(seconds: bandwidth.seconds, streams: bandwidth.streams),
        interruption: interruption)
      self.bandwidth = BandwidthMeter(
        transfer, bandwidth, from: names.from, to: names.to, interruption)
    } catch {
      bandwidthObjection = error.description
    }
  }

  /// Whether latency and bandwidth are measured with it.
  var isAtRestToo: Bool { meter != nil }

  func juggle(
    transitions: Int?, by requests: HandoverRequests? = nil
  ) -> PathControl.RoundEnd {
    control.runRound(path.failover, transitions: transitions, by: requests)
  }

  func stayCalm(for span: TimeSpan, under freeze: Freeze?) -> PathControl.RoundEnd {
    guard let freeze else { return control.runRound(path.failover, transitions: 0, calm: span) }
    var failover = path.failover
    failover.faults = [FaultPlan(.freeze, every: freeze.every, lasting: freeze.lasting)]
    return control.runRound(
      failover, transitions: Int(span.nanoseconds / freeze.every.nanoseconds))
  }

  /// So many of its transitions were made, but for those that a fault ends in.
  var made: Int {
    transitions.values.count { $0.disturbance != .recovery } + control.unfeltFaults
  }
  /// So many of them say something of the path: a fault that nobody feels does, too.
  var counted: Int { transitions.values.outages.count + control.unfeltFaults }
  var void: Int { transitions.values.count { $0.verdict == .void } }

  func measurePathMTU() {
    guard let meter else { return }
    link.pathMTU = meter.pathMTU(largest: path.mtu, delay: 2 * segmentDelay)
  }

  func measureLatency(round: Int) {
    guard let plan = latencyPlan, let meter else { return }
    do {
      let recorder = try meter.measureLatency(
        every: plan.interval, samples: plan.samples, warmUp: Course.warmUp)
      if let recorder { latency.append((round, recorder)) }
    } catch {
      if !interruption.hasCome { latencyObjection = "\(error)" }
    }
  }

  func warmBandwidthUp() { bandwidth?.warmUp() }

  func measureBandwidth(round: Int) { bandwidth?.measure(round: round) }

  var result: PathRecord {
    var result = PathRecord(name, path, in: topology, transitions: transitions.values)
    if meter != nil { result.link = link }
    result.earlierTransitions = transitions.earlier > 0 ? transitions.earlier : nil
    if path.failover.method.isOfDaemons { result.unfeltFaults = control.unfeltFaults }
    if topology.probe.kind == .stamp { result.foreignPackets = control.foreignPackets }
    if let plan = latencyPlan {
      result.latency = LatencyResult(
        latency, from: names.from, to: names.to, interval: plan.interval,
        hasOneClock: meter?.hasOneClock ?? true)
      result.latencyMissing = latencyObjection
      if result.latency == nil, latencyObjection == nil {
        let sent = latency.reduce(0) { $0 + $1.recorder.sent }
        result.latencyMissing =
          sent > 0 ? "none of \(sent) probes was answered" : "interrupted before the first round"
      }
    }
    result.bandwidth = bandwidth?.result
    if result.bandwidth == nil, meter != nil {
      result.bandwidthMissing =
        bandwidthObjection ?? bandwidth.map { $0.objection ?? "interrupted before the first round" }
    }
    return result
  }
}
