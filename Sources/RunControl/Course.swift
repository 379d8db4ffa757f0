import LinuxNet
import Measurement
import NodeAgent
import Packets
import Records
import TopologyModel

/// A path that takes part, and what was measured on it.
final class Course {
  let path: TopologyPath
  private let topology: Topology
  private let control: PathControl
  private let meter: any LatencyMeter
  private let pair: MeasuredPair
  private let names: (from: String, to: String)
  private let latencyPlan: LatencyPlan?
  private let transitions: Collected<TransitionRecord>
  let roster: PathRoster
  private var latency: [(round: Int, recorder: LatencyRecorder)] = []
  private var bandwidth: BandwidthMeter?
  private var bandwidthObjection: String?
  private var link: LinkDescription
  /// What the segments add to a packet's way.
  private let segmentDelay: TimeSpan

  /// Frames that a path's nodes keep for captures, all together: 32 MiB.
  private static let recorded = 1 << 18

  /// Before the probes that count: for addresses to be resolved and caches to be warm.
  private static let warmUp = TimeSpan.milliseconds(100)

  init(
    _ path: TopologyPath, site: any Site, run: UInt64, plan: ExperimentPlan,
    interruption: Interruption,
    journal: @escaping (JournalEntry) -> Void, tell: @escaping (PathNews) -> Void
  ) throws {
    topology = site.topology
    segmentDelay = topology.delay(of: path)
    self.path = path
    latencyPlan = plan.latency
    let transitions = Collected<TransitionRecord>(most: plan.kept)
    self.transitions = transitions
    let frames = plan.capturesFrames ? Course.recorded / path.members.count : 0
    let fleet = try site.fleet(on: path, run: run, recordedFrames: frames)
    roster = try site.roster(of: path)
    control = PathControl(
      roster, fleet: fleet,
      interruption: interruption, keepsCaptures: plan.capturesFrames, journal: journal
    ) {
      if case .transition(let record) = $0 { transitions.append(record) }
      tell($0)
    }
    pair = path.measuredPair(in: topology)
    names = (topology.nodes[pair.from.node].name, topology.nodes[pair.to.node].name)
    link = try site.survey(path, at: pair.from)
    meter = try site.meter(path, between: pair, interruption: interruption)
    guard let bandwidth = plan.bandwidth else { return }
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

  func juggle(transitions: Int?) -> PathControl.RoundEnd {
    control.runRound(path.failover, transitions: transitions)
  }

  /// So many of its transitions were made.
  var made: Int { transitions.values.count }
  /// So many of them say something of the path.
  var counted: Int { transitions.values.count { $0.verdict != .void } }

  func measurePathMTU() {
    link.pathMTU = meter.pathMTU(largest: path.mtu, delay: 2 * segmentDelay)
  }

  func measureLatency(round: Int) {
    guard let plan = latencyPlan,
      let recorder = meter.measureLatency(
        every: plan.interval, samples: plan.samples, warmUp: Course.warmUp)
    else { return }
    latency.append((round, recorder))
  }

  func warmBandwidthUp() { bandwidth?.warmUp() }

  func measureBandwidth(round: Int) { bandwidth?.measure(round: round) }

  var result: PathRecord {
    var result = PathRecord(path, in: topology, transitions: transitions.values)
    result.link = link
    result.earlierTransitions = transitions.earlier > 0 ? transitions.earlier : nil
    if topology.probe.kind == .stamp { result.foreignPackets = control.foreignPackets }
    if let plan = latencyPlan {
      result.latency = LatencyResult(
        latency, from: names.from, to: names.to, interval: plan.interval,
        hasOneClock: meter.hasOneClock)
      if result.latency == nil {
        let sent = latency.reduce(0) { $0 + $1.recorder.sent }
        result.latencyMissing =
          sent > 0 ? "none of \(sent) probes was answered" : "interrupted before the first round"
      }
    }
    result.bandwidth = bandwidth?.result
    if result.bandwidth == nil {
      result.bandwidthMissing =
        bandwidthObjection ?? bandwidth.map { $0.objection ?? "interrupted before the first round" }
    }
    return result
  }
}
