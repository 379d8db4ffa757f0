import LinuxNet
package import Measurement
package import Packets
package import Records
package import TopologyModel

/// What a controller tells the agent of a host: a line of JSON each.
package enum HostOrder: Codable, Sendable {
  /// Answered by a reply with the same number, or a failure.
  case ask(number: Int, question: HostQuestion)
  /// To the host's engine on a path.
  case engine(path: String, order: AgentOrder)
  /// A sign of life, and by its answer a look at the host's clock. So many reports have come.
  case alive(sent: Timestamp, taken: Int)
  /// The first by a line in the place of one that was cut: so many reports had come.
  case resume(taken: Int)
  /// Undo everything and end.
  case end

  /// Whether it is counted, and said again where a line was cut before it came.
  package var counts: Bool {
    switch self {
    case .ask, .engine, .end: true
    case .alive, .resume: false
    }
  }
}

/// What is asked of a host.
package enum HostQuestion: Codable, Sendable {
  /// What it is and can do; changes nothing.
  case facts
  /// The interfaces that attach node number `node` are found and described, or told why not; changes
  /// nothing.
  case inspect(topology: Topology, node: Int)
  /// Everything that a run would change, as commands; changes nothing.
  case plan(topology: Topology, node: Int)
  /// They are made or found. From here on links carry the number `run`, in hexadecimal, as their alias.
  case attach(topology: Topology, node: Int, run: UInt64)
  /// The topology, which knows the MAC addresses of all nodes now.
  case know(topology: Topology)
  /// The tunnels of a path are brought up.
  case raise(path: String)
  /// The engine of a path is opened, with room for `recordedFrames`; refused where somebody answers at
  /// the VIP. One that was open before, and is `again`, numbers its probes from there on, and others may
  /// have the VIP.
  case open(path: String, session: StampSession, recordedFrames: Int, again: UInt32?)
  /// Whether somebody answers for an address there; changes nothing.
  case conflict(address: IPAddress, seat: HostSeat)
  /// Probes between the own addresses of two nodes are answered from now on, at `port` or, where that
  /// is taken and `isNeeded` does not hold, at another.
  case reflect(seat: HostSeat, session: StampSession, port: UInt16, isNeeded: Bool)
  case still(seat: HostSeat)
  case latency(
    seat: HostSeat, peer: HostPeer, session: StampSession, interval: TimeSpan, samples: Int,
    warmUp: TimeSpan)
  case pathMTU(
    seat: HostSeat, peer: HostPeer, session: StampSession, largest: Int, delay: TimeSpan)
  /// A server of iperf3 for one run.
  case serve(path: String)
  case transfer(path: String, peer: HostPeer, load: IperfClient.Load, mode: IperfClient.Mode)
  /// Removes what the runs of others left behind here.
  case sweep
}

/// Where a measurement begins or ends on a host.
package enum HostSeat: Codable, Hashable, Sendable {
  /// The node's own place on a path.
  case path(name: String)
  /// An interface and an address that are there.
  case existing(interface: String, address: IPAddress)
}

/// The other end of a measurement.
package struct HostPeer: Codable, Hashable, Sendable {
  package var address: IPAddress
  package var port: UInt16

  package init(address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}

/// What an agent tells its controller.
package enum HostReport: Codable, Sendable {
  /// The first word: who speaks, and how many orders have come by other lines before this.
  case hello(version: String, taken: Int?)
  case reply(number: Int, answer: HostAnswer)
  case failure(number: Int, reason: String)
  case engine(path: String, report: AgentReport)
  /// Answers a sign of life, with when it came and when this left, by the host's clock. So many orders
  /// have come.
  case alive(sent: Timestamp, received: Timestamp, answered: Timestamp, taken: Int)
  /// It ends, and has undone what it did, but for what is told. Where it is nobody's
  /// wish that it does, another may be set up.
  case over(reason: String, left: [String], mayReturn: Bool)
  /// There is no agent whose line was cut.
  case gone

  /// Whether it is counted, and said again where a line was cut before it came.
  package var counts: Bool {
    switch self {
    case .reply, .failure, .engine, .over: true
    case .hello, .alive, .gone: false
    }
  }
}

package enum HostAnswer: Codable, Sendable {
  case facts(facts: HostFacts)
  case interfaces(all: [HostAttachment])
  /// What a path runs over here, and how long its neighbour table takes when it is not told of a move.
  case opened(link: LinkDescription, recovery: NeighbourRecovery?)
  case port(number: UInt16)
  case latency(recorder: LatencyRecorder?)
  case pathMTU(size: Int?)
  case transferred(result: TransferResult)
  case swept(found: [String])
  case plan(commands: [String])
  case done
}

/// What a host is and can do.
package struct HostFacts: Codable, Hashable, Sendable {
  package var kernel: String
  package var architecture: String
  package var processors: Int
  /// Whether it may change its network and capture.
  package var isPrivileged: Bool
  /// `iperf 3.12`, or why there is none.
  package var iperf: String

  /// What the kernel says to what it cannot do, by its name: `geneve`.
  package var lacking: [String: String]

  /// Of this machine.
  static func here(lacking: [String: String]) -> HostFacts {
    HostFacts(
      kernel: Machine.kernelRelease, architecture: Machine.architecture,
      processors: Machine.processors, isPrivileged: Machine.mayChangeNetwork,
      iperf: (try? Iperf.found.get().version) ?? "no iperf3", lacking: lacking)
  }
}

/// How a node is attached to a segment.
package struct HostAttachment: Codable, Hashable, Sendable {
  package var segment: Int
  package var interface: String
  package var index: Int32
  package var mac: MACAddress
  package var mtu: Int
  /// The interface that it was made on, or is to be; `nil` where it was there already.
  package var base: String?
}
