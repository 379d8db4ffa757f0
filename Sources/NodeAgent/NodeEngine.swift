import FailoverMethods
import LinuxNet
import Measurement
package import Packets
package import TopologyModel

/// One node's place on one path: moves the VIP as its agent says, probes, reflects and watches, and
/// tells what it saw. It knows its own sockets and its own clock only. While probes flow it allocates
/// nothing, takes no lock, and touches a reference count at most once a batch of packets.
package struct NodeEngine: ~Copyable {
  package struct Settings: Sendable {
    package var probe: ProbeSettings
    /// Tells this run's packets from a stranger's.
    package var session: StampSession
    /// What the segments add to a packet's way.
    package var segmentDelay: TimeSpan
    /// Which server it is; `nil` for one that never holds the VIP.
    package var seat: ServerIndex?
    /// The own addresses of the servers, in the order of turns.
    package var servers: [IPAddress]
    /// One more than the highest id of a node that may probe.
    package var nodes: Int
    /// Who takes part, where probes and answers do not say it.
    package var peers: [Peer] = []
    /// Whether the nodes have clocks of their own, which probes are to tell of.
    package var comparesClocks = false
    /// How long after whole intervals of the clock it probes.
    package var phase = TimeSpan.zero
    /// Whether it is told at the start of a round who has the VIP. A question for all is copied to every other
    /// member, and those of hundreds at once are more than the kernel's queues between interfaces take.
    package var isToldOfHolder = false
    /// The number of its first probe.
    package var firstProbe: UInt32 = 0
    /// The span after which what is known is handed over in a round.
    package var flushInterval = TimeSpan.milliseconds(200)

    package init(
      probe: ProbeSettings, session: StampSession, segmentDelay: TimeSpan,
      seat: ServerIndex?, servers: [IPAddress], nodes: Int
    ) {
      self.probe = probe
      self.session = session
      self.segmentDelay = segmentDelay
      self.seat = seat
      self.servers = servers
      self.nodes = nodes
    }

    package struct Peer: Sendable {
      package var node: NodeID
      package var name: String
      package var mac: MACAddress
      package var address: IPAddress

      package init(node: NodeID, name: String, mac: MACAddress, address: IPAddress) {
        self.node = node
        self.name = name
        self.mac = mac
        self.address = address
      }
    }

    /// Of a round trip, there and back.
    var delayThreshold: TimeSpan { probe.servedWithin + 2 * segmentDelay }
  }

  /// Packets that are taken in together.
  static let mostAtOnce = 32

  /// What it is doing.
  enum Phase {
    case resting
    case running
    /// Moves and probes no more; what is under way is awaited.
    case stopping
  }

  let settings: Settings
  let port: PathPort
  /// `nil` at a node that does not probe.
  var stream: ProbeStream?
  let reflector: StampReflector?
  /// Who takes part, by address.
  let peers: [IPAddress: NodeID]
  /// Of the batch that is being answered: who sent each probe, and its number.
  var requests: [(sender: UInt16, sequence: UInt32)?]
  var replays: ReplayGuard
  /// Packets at the reflector that are not of this run, since the last flush.
  var foreign = 0
  var arrivals: ArrivalRuns
  var reflections: ReflectionRuns
  /// Who speaks as the VIP, where answers do not say it.
  var speakers: Speakers
  var holding = Holding()
  var agent: (any FailoverAgent)?
  /// What decides in this round when the node holds the VIP, where its agent does not.
  var daemon: FailoverDaemon?
  var service = ServiceState.alive
  /// Whether what it sends is held back.
  var isSlow = false
  /// What could not be broken, or mended.
  let troubles = Notes()
  /// What is passed over of a machine that stands still.
  var longestStall = NodeEngine.longestStall(under: nil)
  /// What takes the VIP and gives it up, where the engine does not do it itself.
  var script: ScriptRunner?
  var nextMove = Timestamp.distantFuture
  /// By how much this node's clock is ahead of the one that the agent's schedule is kept by.
  var ahead = TimeSpan.zero
  var phase = Phase.resting
  var end = Timestamp.distantFuture
  var watch: NodeWatch
  var nextFlush = Timestamp.distantFuture
  var buffer = ObservationBuffer()
  /// Frames that were asked for.
  var kept: [(transition: Int, frames: KeptFrames)] = []

  package init(_ settings: Settings, port: PathPort) {
    self.settings = settings
    self.port = port
    stream = port.prober.map { ProbeStream($0, at: port, settings) }
    speakers = Speakers(seesFrames: port.hearsSpeakers)
    reflector = port.reflector.map {
      StampReflector($0, settings.session, node: port.node)
    }
    peers = Dictionary(settings.peers.map { ($0.address, $0.node) }) { first, _ in first }
    requests = Array(repeating: nil, count: NodeEngine.mostAtOnce)
    replays = ReplayGuard(probers: settings.nodes, every: settings.probe.every)
    arrivals = ArrivalRuns(settings)
    reflections = ReflectionRuns(nodes: settings.nodes)
    watch = NodeWatch(port)
  }

  var node: NodeID { port.node }

  /// When it has something to do next, but for what its sockets bring.
  var nextDeadline: Timestamp {
    min(min(nextMove, nextProbe), min(nextFlush, end))
  }

  var nextProbe: Timestamp {
    switch stream {
    case .some(let stream): stream.nextDue
    case nil: .distantFuture
    }
  }
}

extension ProbeStream {
  fileprivate init(_ socket: ProbeSocket, at port: PathPort, _ engine: NodeEngine.Settings) {
    var settings = Settings(
      node: port.node, interval: engine.probe.every, delayThreshold: engine.delayThreshold,
      firstResponder: NodeID(engine.nodes))
    settings.firstProbe = engine.firstProbe
    settings.phase = engine.phase
    settings.comparesClocks = engine.comparesClocks
    settings.isWayUnknown = port.outside != nil
    settings.isBehindRouter = port.outside?.gateway != nil
    for peer in engine.peers {
      settings.nodes[.at(peer.mac)] = peer.node
      settings.nodes[.named(peer.name)] = peer.node
    }
    switch socket {
    case .stamp(let socket):
      self.init(
        .stamp(
          StampSender(socket, engine.session, node: port.node),
          isForeignTaken: port.outside != nil), settings)
    case .echo(let socket):
      self.init(
        .echo(
          EchoSender(socket, family: port.vip.family, run: engine.session.run, node: port.node)),
        settings)
    case .solicitation(let sender):
      self.init(.solicitation(sender), settings)
    case .connections(let sender):
      let ways = (2 * engine.probe.kind.roundTrips) * engine.segmentDelay
      // Long enough for a SYN to be sent again twice: after one second, and two more.
      settings.timeout = .milliseconds(3_500) + ways
      // One that hung until then was not served.
      settings.delayThreshold = min(engine.probe.servedWithin, .milliseconds(500)) + ways
      self.init(.connections(sender), settings)
    }
  }
}

extension ProbeSettings {
  /// A probe that takes longer than this, there and back, is not served.
  package var servedWithin: TimeSpan { max(.milliseconds(20), 10 * every) }
}
