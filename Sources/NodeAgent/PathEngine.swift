package import LinuxNet
import Measurement
package import Packets
package import TopologyModel

/// Juggles the VIP of one path among its local nodes and measures what happens, in one loop on the
/// calling thread. While probes flow it allocates nothing, takes no lock, and touches a reference
/// count at most once a batch of packets.
package struct PathEngine: ~Copyable {
  package struct Settings {
    package var failover: FailoverSettings
    package var probe: ProbeSettings
    /// Tells this run's packets from a stranger's.
    package var run: UInt64
    /// What the segment adds to a packet's way.
    package var segmentDelay: TimeSpan

    package init(
      failover: FailoverSettings, probe: ProbeSettings, run: UInt64, segmentDelay: TimeSpan
    ) {
      self.failover = failover
      self.probe = probe
      self.run = run
      self.segmentDelay = segmentDelay
    }

    /// A probe that takes longer than this to the holder counts as lost (the forwarding delay
    /// threshold of RFC 6412): one that waited in a queue for an address to be resolved was not
    /// served.
    var delayThreshold: TimeSpan {
      max(.milliseconds(20), 10 * probe.every) + segmentDelay
    }
  }

  let settings: Settings
  let ports: [PathPort]
  /// The ports of the servers, in the order of their turns.
  let servers: [Int]
  /// The port of each node, by the node's index; −1 for nodes that are not on the path.
  let portOfNode: [Int]
  /// Called on the engine's own thread with all that is worth telling.
  package var tell: (AgentMessage) -> Void = { _ in }
  let poll: EventPoll
  let packets = PacketBatch(capacity: 32)
  let interruption: Interruption

  private let table: ProberTable
  let probers: UnsafeMutableBufferPointer<Prober>
  var holdings: [Holding]
  /// A claim that is to be told.
  var claimed: Claim?
  var open: [OpenTransition] = []
  var runs: MisdirectedRuns
  /// By port, the port whose neighbour entry decides where its packets go.
  let deciders: [Int]
  /// The latest neighbour entry for the VIP, by port.
  var entries: [NeighbourView?]
  /// By port.
  var tallies: [ProbeTally]
  var nextIndex = 0
  var nextProbe = Timestamp.distantFuture
  var nextSweep = Timestamp.distantFuture
  var clockOffset = TimeSpan.zero
  var probesSkipped = 0
  var wasInterrupted = false

  /// A probe without an answer is lost when this has passed.
  static let replyTimeout = TimeSpan.seconds(1)

  /// `ports` are the path's nodes in the order of the topology.
  package init(
    _ settings: Settings, ports: [PathPort], interruption: Interruption
  ) throws(KernelError) {
    let poll = try EventPoll()
    var known: [NeighbourView?] = []
    for port in ports { known.append(try port.neighbourEntry()) }
    try PathEngine.watch(ports, interruption, with: poll)
    self.settings = settings
    self.ports = ports
    self.interruption = interruption
    servers = ports.indices.filter { ports[$0].isServer }
    var portOfNode = Array(repeating: -1, count: 1 + Int(ports.map(\.node).max() ?? 0))
    for (index, port) in ports.enumerated() { portOfNode[Int(port.node)] = index }
    self.portOfNode = portOfNode
    deciders = ports.indices.map { port in
      ports[port].gateway.map { portOfNode[Int($0)] } ?? port
    }
    holdings = Array(repeating: Holding(), count: ports.count)
    entries = known
    tallies = ports.map { ProbeTally(node: $0.name) }
    runs = MisdirectedRuns(
      ports: ports.count, quiet: max(.milliseconds(250), 2 * settings.probe.every))
    let interval = settings.probe.every
    let waiting = Int(PathEngine.replyTimeout.nanoseconds / interval.nanoseconds)
    let table = ProberTable(count: ports.count) { index in
      Prober(
        socket: ports[index].prober?.descriptorNumber,
        session: ProbeTLV(run: settings.run, sender: ports[index].node), interval: interval,
        ringSize: 2 * waiting, window: -1)
    }
    probers = table.all
    self.table = table
    self.poll = poll
  }

  /// What became readable.
  enum Source: UInt64 {
    case capture, reflector, prober, monitor, recorder, interruption
  }

  private static func watch(
    _ ports: [PathPort], _ interruption: Interruption, with poll: borrowing EventPoll
  ) throws(KernelError) {
    for (index, port) in ports.enumerated() {
      try poll.add(port.capture.descriptorNumber, tag: tag(.capture, index))
      try poll.add(port.monitor.descriptorNumber, tag: tag(.monitor, index))
      if let prober = port.prober {
        try poll.add(prober.descriptorNumber, tag: tag(.prober, index))
      }
      if let recorder = port.recorder {
        try poll.add(recorder.descriptorNumber, tag: tag(.recorder, index))
      }
      if let reflector = port.reflector {
        try poll.add(reflector.descriptorNumber, tag: tag(.reflector, index))
      }
    }
    try poll.add(interruption.descriptorNumber, tag: tag(.interruption, 0))
  }

  private static func tag(_ source: Source, _ port: Int) -> UInt64 {
    source.rawValue << 32 | UInt64(port)
  }

  mutating func handle(tag: UInt64) {
    let port = Int(tag & 0xffff_ffff)
    switch Source(rawValue: tag >> 32) {
    case .capture: receiveCaptured(at: port)
    case .reflector: reflect(at: port)
    case .prober: receiveReplies(at: port)
    case .monitor: followChanges(at: port)
    case .recorder: ports[port].recorder?.receive(packets)
    case .interruption: wasInterrupted = true
    case nil: break
    }
  }
}
