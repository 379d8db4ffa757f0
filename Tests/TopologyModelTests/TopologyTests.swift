import Foundation
import Packets
import Testing
import TopologyModel

@Suite struct TopologyTests {
  private let text = """
    segments:
      lan: { subnet: 10.0.1.0/24, mtu: 1400 }
    nodes:
      alpha: { on: { lan: 10.0.1.20 } }
      bravo: { on: { lan: { address: 10.0.1.21 } } }
      client: { on: { lan: 10.0.1.4 }, role: client }
    paths:
      native: { vip: 10.0.1.200 }
      over: { kind: vxlan, vip: 192.168.1.200 }
    """

  private func topology(_ more: String = "") throws -> Topology {
    try Topology(parsing: text + "\n" + more, file: "some/where/pair.yaml")
  }

  @Test func defaultsAreTheSeedsAndTheStandards() throws {
    let topology = try topology()
    #expect(topology.name == "pair")
    #expect(topology.failover.every == .seconds(30))
    #expect(topology.failover.announceEvery == .milliseconds(500))
    #expect(topology.failover.form == .request)
    #expect(topology.failover.stuckAfter == .milliseconds(1500))
    #expect(topology.probe.every == .milliseconds(1))
    #expect(topology.probe.port == 862)
    let over = try #require(topology.path(named: "over"))
    #expect(over.overlay?.port == 4789)
    #expect(over.overlay?.udpChecksum == true)
    #expect(over.subnet.description == "192.168.1.0/24")
    #expect(over.mtu == 1350)
  }

  @Test func anOverlayAddressKeepsTheHostNumberOfTheUnderlay() throws {
    let over = try #require(topology().path(named: "over"))
    #expect(
      over.members.map(\.address.description) == ["192.168.1.20", "192.168.1.21", "192.168.1.4"])
    #expect(Set(over.members.map(\.mac)).count == 3)
    let native = try #require(topology().path(named: "native"))
    #expect(Set(over.members.map(\.mac)).isDisjoint(with: native.members.map(\.mac)))
  }

  @Test func aShortTurnShortensWhatCountsAsStuck() throws {
    let topology = try topology("failover: { every: 1s }")
    #expect(topology.failover.stuckAfter == .milliseconds(750))
  }

  @Test func aGapIsANegativeOverlap() throws {
    let topology = try topology("failover: { every: 1s, gap: 20ms }")
    #expect(topology.failover.overlap == .milliseconds(-20))
  }

  @Test func theCommandLineIsHeldToTheSameRules() throws {
    var topology = try topology()
    try topology.setTurn(.seconds(1))
    #expect(topology.failover.stuckAfter == .milliseconds(750))
    #expect(throws: Topology.Refusal.self) { try topology.setTurn(.milliseconds(1)) }
    #expect(throws: Topology.Refusal.self) { try topology.setProbeInterval(.seconds(1)) }
    #expect(throws: Topology.Refusal.self) { try topology.select(["nativ"]) }
    try topology.select(["over"])
    #expect(topology.paths.map(\.name) == ["over"])
  }

  @Test(arguments: [
    "two-node", "juggle-5", "mesh-32", "three-node-geneve", "geneve-16", "hetzner-vswitch",
  ])
  func everyShippedTopologyIsGoodAndOpensWithItsDrawing(name: String) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../topologies/\(name).yaml").standardizedFileURL
    let text = try String(contentsOf: file, encoding: .utf8)
    let topology = try Topology(parsing: text, file: file.path)
    #expect(topology.name == name)
    #expect(text.hasPrefix("#"))
    #expect(text.contains("──"))
  }
}
