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
  private var place: Place?
  private var network: HostNetwork?
  private var overlays: [String: (name: String, index: Int32)] = [:]
  private var reflections: [HostSeat: HostReflection] = [:]
  private var servers: [HostSeat: IperfServer] = [:]

  /// Which node of which topology the host is, and how it is attached.
  private struct Place {
    var topology: Topology
    let node: Int
    let attachments: [HostAttachment]
  }

  /// iperf3's, so that one firewall rule is enough.
  private static let standardPort: UInt16 = 5201

  /// Of routes: no number that people or programs choose (rt_tables(5)).
  private static let tables: ClosedRange<UInt32> = 0x4000_0000...0x7fff_ffff

  /// What a controller may not ask yet.
  private struct Untimely: Error, CustomStringConvertible {
    let description: String
  }

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
    case .attach(let topology, let node, let run):
      return .interfaces(all: try attach(topology, node, run))
    case .know(let topology):
      place?.topology = topology
      return .done
    case .raise(let name):
      try raise(name)
      return .done
    case .open(let name, let run, let recordedFrames):
      return try open(name, run, recordedFrames)
    case .conflict(let address, let seat):
      let end = try end(seat)
      guard let link = try NetlinkSocket().links().first(where: { $0.name == end.interface }),
        let mac = link.mac
      else { throw Untimely(description: "there is no interface \(end.interface)") }
      try AddressConflict.check(address, on: (link.name, link.index), mac: mac)
      return .done
    case .reflect(let seat, let run, let port, let isNeeded):
      let end = try end(seat)
      let reflection = try HostReflection(
        at: end.address, interface: end.interface, port: port, isNeeded: isNeeded, run: run,
        node: end.node)
      reflections[seat] = reflection
      return .port(number: reflection.port)
    case .still(let seat):
      reflections[seat]?.end()
      reflections[seat] = nil
      servers[seat] = nil
      return .done
    case .latency(let seat, let peer, let run, let interval, let samples, let warmUp):
      let meter = try meter(to: peer, from: end(seat), run)
      return .latency(
        recorder: meter.measureLatency(every: interval, samples: samples, warmUp: warmUp))
    case .pathMTU(let seat, let peer, let run, let largest, let delay):
      let meter = try meter(to: peer, from: end(seat), run)
      return .pathMTU(size: meter.pathMTU(largest: largest, delay: delay))
    case .serve(let name):
      let member = try seat(on: path(name)).member
      let server = try IperfServer(
        Iperf.found.get(), at: member.address, port: HostAnswers.standardPort,
        interruption)
      servers[.path(name: name)] = server
      return .port(number: server.port)
    case .transfer(let name, let peer, let load, let mode):
      let member = try seat(on: path(name)).member
      let client = IperfClient(try Iperf.found.get(), from: member.address, load, interruption)
      return .transferred(
        result: try client.run(mode, to: peer.address, port: peer.port))
    case .sweep: return .swept(removed: try UndoFile.sweep())
    }
  }

  private func path(_ name: String) throws -> TopologyPath {
    guard let path = place?.topology.path(named: name) else {
      throw Untimely(description: "there is no path `\(name)` here")
    }
    return path
  }

  /// The host's place on a path, and its interface there.
  private func seat(
    on path: TopologyPath
  ) throws -> (member: PathMember, interface: (name: String, index: Int32)) {
    guard let place, let member = path.members.first(where: { $0.node == place.node }) else {
      throw Untimely(description: "this node is no member of path `\(path.name)`")
    }
    if path.kind.isOverlay {
      guard let interface = overlays[path.name] else {
        throw Untimely(description: "the tunnels of `\(path.name)` are not up")
      }
      return (member, interface)
    }
    return (member, try attachment(to: member.segment))
  }

  private func end(
    _ seat: HostSeat
  ) throws -> (interface: String, address: IPAddress, node: NodeID) {
    switch seat {
    case .existing(let interface, let address): return (interface, address, 0)
    case .path(let name):
      let (member, interface) = try self.seat(on: path(name))
      return (interface.name, member.address, NodeID(member.node))
    }
  }

  private func attachment(to segment: Int) throws -> (name: String, index: Int32) {
    guard let found = place?.attachments.first(where: { $0.segment == segment }) else {
      throw Untimely(description: "this node is not attached to segment \(segment)")
    }
    return (found.interface, found.index)
  }
}

/// Changes of the host.
extension HostAnswers {
  private func attach(
    _ topology: Topology, _ node: Int, _ run: UInt64
  ) throws -> [HostAttachment] {
    var attachments = try HostInterfaces().attachments(of: topology.nodes[node], in: topology)
    let record = try UndoRecord(run: run, node: topology.nodes[node].name)
    work.begin(record)
    let network = try HostNetwork(record)
    self.network = network
    for index in attachments.indices where attachments[index].base != nil {
      try make(&attachments[index], of: topology, node, by: network)
    }
    place = Place(topology: topology, node: node, attachments: attachments)
    return attachments
  }

  private func make(
    _ attachment: inout HostAttachment, of topology: Topology, _ node: Int,
    by network: HostNetwork
  ) throws {
    let segment = topology.segments[attachment.segment]
    guard let base = attachment.base, let vlan = segment.vlan,
      let address = topology.nodes[node].attachment(to: attachment.segment)?.address,
      let below = try NetlinkSocket().links().first(where: { $0.name == base })
    else { throw Untimely(description: "interface \(attachment.base ?? "") is gone") }
    attachment.index = try network.make(segment.name, preferring: 0) {
      (index, batch) throws(KernelError) in
      try batch.add(
        VLANLink(
          name: segment.name, index: index, tag: vlan, below: below.index, mtu: segment.mtu))
    }
    try network.configure(
      segment.name, index: attachment.index, address: address,
      prefixLength: segment.subnet.prefixLength)
    attachment.mac = try NetlinkSocket().link(attachment.index).mac ?? attachment.mac
  }

  private func raise(_ name: String) throws {
    let path = try path(name)
    guard path.kind.isOverlay, var network, let topology = place?.topology else { return }
    guard let member = path.members.first(where: { $0.node == place?.node }) else { return }
    let underlay = try attachment(to: member.segment)
    guard
      let overlay = topology.overlay(
        of: member, on: path, interface: 0, underlay: underlay.index)
    else { return }
    let index = try overlay.build(by: &network)
    overlays[name] = (path.name, index)
    try network.configure(
      path.name, index: index, address: member.address, prefixLength: path.subnet.prefixLength)
  }

  private func open(_ name: String, _ run: UInt64, _ recordedFrames: Int) throws -> HostAnswer {
    let path = try path(name)
    guard let place, let network else { throw Untimely(description: "no node is attached here") }
    let (member, interface) = try seat(on: path)
    var settings = place.topology.portSettings(of: member, on: path, interface: interface)
    settings.recordedFrames = recordedFrames
    if place.topology.nodes[place.node].role == .server {
      try AddressConflict.check(path.vip, on: interface, mac: member.mac)
      try network.expect(path.vip, on: interface.index)
      let attachment = place.topology.nodes[place.node].attachment(to: member.segment)
      if !path.kind.isOverlay, let gateway = attachment?.host?.gateway {
        try network.route(
          from: path.vip, in: path.subnet, via: gateway, on: interface.index,
          table: HostAnswers.tables.randomElement() ?? HostAnswers.tables.lowerBound)
      }
    }
    let port = try PathPort(settings)
    work.add(
      try HostEngine(
        place.topology.engineSettings(of: member, on: path, run: run), port, path: name,
        work.output), on: name)
    let segment = place.topology.segments[member.segment]
    var interfaces = [(name: interface.name, mtu: path.kind.isOverlay ? path.mtu : segment.mtu)]
    if path.kind.isOverlay {
      interfaces.append((try attachment(to: member.segment).name, segment.mtu))
    }
    let family = path.vip.family
    return .opened(
      link: LinkSurvey.survey(
        interfaces, family: family, of: place.topology.nodes[place.node].name),
      recovery: LinkSurvey.recovery(interface.name, family: family))
  }

  private func meter(
    to peer: HostPeer, from end: (interface: String, address: IPAddress, node: NodeID),
    _ run: UInt64
  ) throws -> PathMeter {
    let socket = try UDPSocket.connected(
      from: end.address, to: peer.address, port: peer.port, interface: end.interface)
    return try PathMeter(
      from: PathMeter.End(end.node, socket), to: nil, run: run, family: end.address.family,
      interruption: interruption)
  }
}
