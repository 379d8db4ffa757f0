import Foundation
import Glibc
import LinuxNet
import Measurement
import Packets
import Records
import TopologyModel

/// Answers the questions of a controller, on the one thread that asks.
final class HostAnswers {
  private let work: HostWork
  private let interruption: Interruption
  private let lacking: () -> [String: String]
  private var setup: HostSetup?
  private var network: HostNetwork?
  private var reflections: [HostSeat: HostReflection] = [:]
  private var servers: [HostSeat: IperfServer] = [:]

  /// Reports pass by a line that may be slow.
  private static let flushInterval = TimeSpan.milliseconds(500)

  /// iperf3's, so that one firewall rule is enough.
  private static let standardPort: UInt16 = 5201

  init(_ work: HostWork, _ interruption: Interruption, _ lacking: @escaping () -> [String: String])
  {
    self.work = work
    self.lacking = lacking
    self.interruption = interruption
  }

  func answer(_ question: HostQuestion) throws -> HostAnswer {
    switch question {
    case .facts: return .facts(facts: .here(lacking: lacking()))
    case .inspect(let topology, let node):
      return .interfaces(
        all: try HostInterfaces().attachments(of: topology.nodes[node], in: topology))
    case .plan(let topology, let node):
      return .plan(commands: try HostSetup(topology, node: node).commands())
    case .attach(let topology, let node, let run):
      return .interfaces(all: try attach(topology, node, run))
    case .know(let topology):
      setup?.topology = topology
      return .done
    case .raise(let name):
      try raise(name)
      return .done
    case .open(let name, let session, let recordedFrames, let again):
      return try open(name, session, recordedFrames, again: again)
    case .conflict(let address, let seat):
      let end = try end(seat)
      guard let link = try NetlinkSocket().links().first(where: { $0.name == end.interface }),
        let mac = link.mac
      else { throw HostSetup.Untimely(description: "there is no interface \(end.interface)") }
      try AddressConflict.check(address, on: (link.name, link.index), mac: mac)
      return .done
    case .reflect(let seat, let session, let port, let isNeeded):
      let end = try end(seat)
      let reflection = try HostReflection(
        at: end.address, interface: end.interface, port: port, isNeeded: isNeeded, session,
        node: end.node)
      reflections[seat] = reflection
      return .port(number: reflection.port)
    case .still(let seat):
      reflections[seat]?.end()
      reflections[seat] = nil
      servers[seat] = nil
      return .done
    case .latency(let seat, let peer, let session, let interval, let samples, let warmUp):
      let meter = try meter(to: peer, from: end(seat), session)
      return .latency(
        recorder: meter.measureLatency(every: interval, samples: samples, warmUp: warmUp))
    case .pathMTU(let seat, let peer, let session, let largest, let delay):
      let meter = try meter(to: peer, from: end(seat), session)
      return .pathMTU(size: meter.pathMTU(largest: largest, delay: delay))
    case .serve(let name):
      let member = try seat(on: name).member
      let server = try IperfServer(
        Iperf.found.get(), at: member.address, port: HostAnswers.standardPort,
        interruption)
      servers[.path(name: name)] = server
      return .port(number: server.port)
    case .transfer(let name, let peer, let load, let mode):
      let member = try seat(on: name).member
      let client = IperfClient(try Iperf.found.get(), from: member.address, load, interruption)
      return .transferred(
        result: try client.run(mode, to: peer.address, port: peer.port))
    case .sweep: return .swept(found: try UndoFile.sweep())
    }
  }

  private func attached() throws -> HostSetup {
    guard let setup else { throw HostSetup.Untimely(description: "no node is attached here") }
    return setup
  }

  /// The host's place on a path, and its interface there.
  private func seat(
    on name: String
  ) throws -> (member: PathMember, interface: (name: String, index: Int32)) {
    let setup = try attached()
    return try setup.seat(on: setup.path(name))
  }

  private func end(
    _ seat: HostSeat
  ) throws -> (interface: String, address: IPAddress, node: NodeID) {
    switch seat {
    case .existing(let interface, let address): return (interface, address, 0)
    case .path(let name):
      let (member, interface) = try self.seat(on: name)
      return (interface.name, member.address, NodeID(member.node))
    }
  }
}

/// Changes of the host.
extension HostAnswers {
  private func attach(
    _ topology: Topology, _ node: Int, _ run: UInt64
  ) throws -> [HostAttachment] {
    var setup = try HostSetup(topology, node: node)
    let record = try UndoRecord(run: run, node: setup.name)
    try work.begin(record)
    var network = try HostNetwork(record)
    self.network = network
    try setup.attach(by: &network)
    self.setup = setup
    return setup.attachments
  }

  private func raise(_ name: String) throws {
    guard var network else { throw HostSetup.Untimely(description: "no node is attached here") }
    var setup = try attached()
    try setup.raise(setup.path(name), by: &network)
    self.setup = setup
  }

  private func open(
    _ name: String, _ session: StampSession, _ recordedFrames: Int, again: UInt32?
  ) throws -> HostAnswer {
    let setup = try attached()
    let path = try setup.path(name)
    let (member, interface) = try setup.seat(on: path)
    var settings = setup.topology.portSettings(of: member, on: path, interface: interface)
    settings.recordedFrames = recordedFrames
    if setup.isServer, var network {
      if again == nil { try AddressConflict.check(path.vip, on: interface, mac: member.mac) }
      try setup.prepare(path, by: &network)
    }
    var engine = setup.topology.engineSettings(of: member, on: path, session)
    engine.firstProbe = again ?? 0
    engine.flushInterval = HostAnswers.flushInterval
    work.add(
      try HostEngine(engine, PathPort(settings), path: name, work.output), on: name)
    let segment = setup.topology.segments[member.segment]
    var interfaces = [(name: interface.name, mtu: path.kind.isOverlay ? path.mtu : segment.mtu)]
    if path.kind.isOverlay {
      interfaces.append((try setup.attachment(to: member.segment).name, segment.mtu))
    }
    let family = path.vip.family
    return .opened(
      link: LinkSurvey.survey(interfaces, family: family, of: setup.name),
      recovery: LinkSurvey.recovery(interface.name, family: family))
  }

  private func meter(
    to peer: HostPeer, from end: (interface: String, address: IPAddress, node: NodeID),
    _ session: StampSession
  ) throws -> PathMeter {
    let socket = try UDPSocket.connected(
      from: end.address, to: peer.address, port: peer.port, interface: end.interface)
    return try PathMeter(
      from: PathMeter.End(end.node, socket), to: nil, session, family: end.address.family,
      interruption: interruption)
  }
}
