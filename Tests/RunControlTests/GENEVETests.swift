import Foundation
import LinuxNet
import Measurement
import Packets
import Records
import RunControl
import TestSupport
import Testing
import TopologyModel

@testable import NamespaceLab

/// GENEVE meshes, tagged attachments and shaped segments on the running kernel, where it has them.
/// `LabKernelTests` runs this suite once more in the lab kernel, which has them all.
@Suite(.takesTurns, .enabled(if: Kernel.hasEverything)) struct GENEVETests {
  private func topology(
    _ segment: String = "", servers: Int = 3, vlan: Bool = false
  ) throws -> Topology {
    let nodes = (1...servers).map { number in
      let address = "10.0.1.\(number)"
      let place = vlan ? "{ address: \(address), vlan: 4000 }" : address
      return "  node\(number): { on: { lan: \(place) } }"
    }
    return try Topology(
      parsing: """
        segments: { lan: { subnet: 10.0.1.0/24\(segment) } }
        nodes:
        \(nodes.joined(separator: "\n"))
        paths:
          native: { vip: 10.0.1.200 }
          over:   { kind: geneve, subnet: 192.168.1.0/24, vip: 192.168.1.200 }
        failover: { every: 1s, announce: { every: 250ms } }
        probe: { every: 2ms }
        """, file: "mesh.yaml")
  }

  private func mesh(_ topology: Topology) throws -> Lab {
    let lab = try Lab(topology)
    try lab.bringUp(#require(topology.path(named: "over")))
    return lab
  }

  /// Packets that left a node by its interface on the segment.
  private func sent(_ node: Namespace) throws -> Int {
    let text = try run("cat", "/proc/self/net/dev", in: node)
    let line = try #require(text.split(separator: "\n").first { $0.contains("lan:") })
    return Int(line.split(separator: " ")[10]) ?? -1
  }

  @Test func aBroadcastCrossesTheMeshOnceToEveryPeer() throws {
    let topology = try topology()
    let over = try #require(topology.path(named: "over"))
    let lab = try mesh(topology)
    defer { withExtendedLifetime(lab) {} }
    let filter = CaptureFilter(vip: over.vip, probes: .datagrams(from: nil, to: 862))
    let bridge = InterfaceIndex.overlay(1, segments: 1)
    let sockets = try lab.nodes.map { node in
      try node.run { () throws(KernelError) in
        try PacketSocket(interface: bridge, filter: filter)
      }
    }
    let batch = PacketBatch(capacity: 8)
    let before = try lab.nodes.map(sent)
    let announcement = Announcement(
      form: .request, address: over.vip, hardware: over.members[0].mac)
    try sockets[0].send(#require(announcement.frame))
    for socket in sockets.dropFirst() {
      #expect(waitUntil(5) { batch.receive(from: socket.descriptor) == 1 })
    }
    // One copy to each peer, and nothing from the peers. What circled would go on for ever: the
    // bridges' own IGMP reports are a few frames, a storm is tens of thousands.
    let copies = { try zip(lab.nodes.map(sent), before).map { $0 - $1 } }
    let counted = try copies()
    #expect(counted == [2, 0, 0], "\(counted)")
    let isStorm = try waitUntil(0.5) { try copies().reduce(0, +) > 30 }
    #expect(!isStorm)
  }

  @Test func theVIPMovesByAnnouncementAlthoughEntriesAreStatic() throws {
    let topology = try topology()
    let lab = try Lab(topology)
    let over = try #require(topology.path(named: "over"))
    let experiment = try Experiment(
      site: lab, paths: [over], skipped: [:],
      plan: ExperimentPlan(transitions: 3),
      interruption: Interruption()
    ) { _ in }
    _ = experiment.run()
    let path = experiment.results[0]
    #expect(path.counted.count >= 3)
    #expect(path.summary.stuck == 0)
    #expect(path.counted.flatMap(\.probers).allSatisfy { $0.firstReply != nil })
    let ports = try run("bridge", "-details", "link", "show", in: lab.nodes[0])
    #expect(ports.components(separatedBy: "isolated on").count == 3)
    #expect(ports.components(separatedBy: "learning off").count == 3)
    let entries = try run("bridge", "fdb", "show", "br", "over", in: lab.nodes[0])
    for member in over.members.dropFirst() {
      #expect(
        entries.split(separator: "\n").contains {
          $0.hasPrefix(member.mac.description) && $0.contains("master over static")
        })
    }
  }

  @Test func theKernelsOwnWordsSayThatATunnelIsThereAlready() throws {
    let namespace = try Namespace()
    var batch = NetlinkBatch()
    try batch.add(BridgeLink(name: "br", index: 100, mtu: 1450))
    batch.startBridge(100)
    for number in 1...2 {
      try batch.addGENEVE(
        TunnelLink(
          name: "tunnel\(number)", index: 100 + Int32(number),
          mac: .local(group: 9, member: UInt16(number)), mtu: 1450, vni: 42, port: 6081,
          udpChecksum: true),
        remote: IPAddress("10.0.1.2")!, bridge: 100)
    }
    let error = #expect(throws: KernelError.self) {
      try namespace.run { () throws(KernelError) in try NetlinkSocket().perform(batch) }
    }
    #expect(error?.code == EEXIST || error?.code == EBUSY)
    #expect(error?.operation.hasPrefix("ip link add tunnel2 ") == true)
    #expect(error?.operation.contains(" type geneve id 42 ") == true)
    #expect(error?.operation.contains(" remote 10.0.1.2 ") == true)
  }

  @Test func aTaggedAttachmentCarriesItsVLAN() throws {
    let lab = try Lab(topology(vlan: true))
    let link = try run("ip", "-details", "link", "show", "lan", in: lab.nodes[0])
    #expect(link.contains("vlan protocol 802.1Q id 4000"))
    let ping = try run("ping", "-c1", "-W2", "10.0.1.2", in: lab.nodes[0])
    #expect(ping.contains("1 received"), "\(ping)")
    withExtendedLifetime(lab) {}
  }

  @Test func delayIsAsAsked() throws {
    let lab = try Lab(topology(", delay: 20ms"))
    let ping = try run("ping", "-q", "-c5", "-i0.2", "-W2", "10.0.1.2", in: lab.nodes[0])
    let figures = try #require(ping.split(separator: "\n").last { $0.contains("min/avg") })
    let least = try #require(Double(figures.split(separator: " ")[3].split(separator: "/")[0]))
    // There and back, each way by one port.
    #expect(least >= 40 && least < 80, "\(ping)")
    withExtendedLifetime(lab) {}
  }

  @Test func lossIsAsAsked() throws {
    let lab = try Lab(topology(", loss: 20%"))
    // Enough for six standard deviations on either side of 36 %, what is lost there or back.
    let ping = try run("ping", "-q", "-c800", "-i0.002", "-W1", "10.0.1.2", in: lab.nodes[0])
    let words = try #require(ping.split(separator: ",").first { $0.contains("packet loss") })
    let share = words.split(separator: "%")[0].trimmingCharacters(in: .whitespaces)
    let lost = try #require(Double(share))
    #expect(lost > 26 && lost < 46, "\(ping)")
    withExtendedLifetime(lab) {}
  }

  @Test func aRateIsHeldBehindADelay() throws {
    let lab = try Lab(topology(", delay: 1ms, rate: 8mbit"))
    let queues = try run("tc", "qdisc", "show", in: lab.segments[0])
    #expect(queues.contains("netem 1: dev node1 root"))
    #expect(queues.contains("tbf 2: dev node1 parent 1:1 rate 8Mbit"))
    withExtendedLifetime(lab) {}
  }
}

/// What the running kernel can do.
enum Kernel {
  static let hasEverything = Capability.allCases.allSatisfy {
    do { return try $0.objection() == nil } catch { return false }
  }
}
