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

  @Test func probesOfOtherKindsHaveDefaultsOfTheirOwn() throws {
    let http = try topology("probe: { kind: http }").probe
    #expect(http == ProbeSettings(kind: .http, every: .milliseconds(100), port: 80))
    let icmp = try topology("probe: { kind: icmp }").probe
    #expect(icmp == ProbeSettings(kind: .icmp, every: .milliseconds(1), port: nil))
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

  private let routed = """
    segments:
      lan: { subnet: 10.0.1.0/24 }
      mid: { subnet: 10.0.2.0/24, mtu: 1300 }
      far: { subnet: 10.0.3.0/24 }
      six: { subnet: fd00:1::/64 }
    nodes:
      alpha: { on: { lan: 10.0.1.20 } }
      bravo: { on: { lan: 10.0.1.21 }, neigh: { base_reachable_time: 4h, locktime: 1s } }
      near:  { on: { lan: 10.0.1.1, mid: 10.0.2.1 }, role: router }
      edge:  { on: { mid: 10.0.2.2, far: 10.0.3.1, six: fd00:1::1 }, role: router }
      client: { on: { far: 10.0.3.7 }, role: client }
      remote: { on: { six: fd00:1::7 } }
      other: { on: { far: 10.0.3.8 } }
    paths:
      native: { segment: lan, vip: 10.0.1.200 }
      over: { segment: lan, kind: vxlan, vip: 192.168.1.200, failover: { every: 2s, heal: ping-primary } }
    failover: { every: 4s, gap: 20ms }
    """

  /// Through two routers, the last of which has the neighbour entry that decides; a server on
  /// another segment cannot hold the VIP, and IPv6 does not get to IPv4.
  @Test func aClientBehindRoutersIsOnThePath() throws {
    let topology = try Topology(parsing: routed, file: "routed.yaml")
    let native = try #require(topology.path(named: "native"))
    #expect(
      native.members.map { topology.nodes[$0.node].name } == ["alpha", "bravo", "near", "client"])
    #expect(native.members.map(\.gateway) == [nil, nil, nil, 2])
    let over = try #require(topology.path(named: "over"))
    #expect(over.members.map { topology.nodes[$0.node].name } == ["alpha", "bravo", "client"])
    #expect(over.members[2].underlay.description == "10.0.3.7")
    // The narrowest segment on the way less the encapsulation; a native path has its segment's.
    #expect(over.mtu == 1250 && native.mtu == 1500)
    #expect(over.crossed == [0, 1, 2])
  }

  @Test func routesLeadThroughTheNearestRouter() throws {
    let topology = try Topology(parsing: routed, file: "routed.yaml")
    func routes(_ node: Int) -> [String] {
      topology.nodes[node].routes.map { "\($0.network) via \($0.gateway)" }
    }
    #expect(routes(0) == ["10.0.2.0/24 via 10.0.1.1", "10.0.3.0/24 via 10.0.1.1"])
    #expect(routes(2) == ["10.0.3.0/24 via 10.0.2.2"])
    #expect(routes(4) == ["10.0.1.0/24 via 10.0.3.1", "10.0.2.0/24 via 10.0.3.1"])
    #expect(routes(5) == [])
  }

  /// Both versions of IP lead from the client to the VIP's router; each path takes its own.
  @Test func aWayKeepsToOneVersionOfIP() throws {
    let topology = try Topology(
      parsing: """
        segments:
          wan4: { subnet: 10.0.9.0/24 }
          wan6: { subnet: fd00:9::/64 }
          lan4: { subnet: 10.0.1.0/24 }
          lan6: { subnet: fd00:1::/64 }
        nodes:
          alpha: { on: { lan4: 10.0.1.20, lan6: fd00:1::20 } }
          bravo: { on: { lan4: 10.0.1.21, lan6: fd00:1::21 } }
          edge: { role: router, on: { wan4: 10.0.9.1, wan6: fd00:9::1, lan4: 10.0.1.1, lan6: fd00:1::1 } }
          client: { on: { wan4: 10.0.9.7, wan6: fd00:9::7 }, role: client }
        paths:
          four: { segment: lan4, vip: 10.0.1.200 }
          six: { segment: lan6, vip: fd00:1::200 }
        """, file: "dual.yaml")
    #expect(
      topology.paths.map { $0.members.last?.address.description } == ["10.0.9.7", "fd00:9::7"])
    #expect(topology.paths.map { $0.members.count } == [4, 4])
    #expect(
      topology.nodes[3].routes.map { "\($0.network) via \($0.gateway)" }
        == ["10.0.1.0/24 via 10.0.9.1", "fd00:1::/64 via fd00:9::1"])
  }

  @Test func neighbourSettingsAreInTheKernelsUnits() throws {
    let topology = try Topology(parsing: routed, file: "routed.yaml")
    #expect(
      topology.nodes[1].neighbourSettings.map { "\($0.parameter.rawValue) \($0.value)" }
        == ["base_reachable_time 14400000", "locktime 100"])
  }

  @Test func aPathsOwnFailoverIsLaidOverTheFiles() throws {
    var topology = try Topology(parsing: routed, file: "routed.yaml")
    let own = try #require(topology.path(named: "over")).failover
    #expect(own.every == .seconds(2) && own.overlap == .milliseconds(-20))
    #expect(own.healing == Healing(method: .pingPrimary, after: .seconds(1)))
    #expect(topology.path(named: "native")?.failover == topology.failover)
    try topology.setTurn(.seconds(1))
    #expect(topology.paths.map(\.failover.every) == [.seconds(1), .seconds(1)])
    // Like `stuckAfter`, it follows a turn that has become too short for it.
    #expect(topology.paths[1].failover.healing?.after == .milliseconds(500))
  }

  @Test func anOverlaysSubnetIsOfItsVIPsFamily() throws {
    let topology = try Topology(
      parsing: """
        segments: { lan: { subnet: fd00:1::/64 } }
        nodes:
          alpha: { on: { lan: fd00:1::20 } }
          bravo: { on: { lan: fd00:1::21 } }
        paths:
          native: { vip: fd00:1::200 }
          six: { kind: vxlan, vip: fd42:0:0:1::200 }
          four: { kind: vxlan, vni: 43, vip: 192.168.2.200 }
        """, file: "six.yaml")
    #expect(
      topology.paths.map(\.subnet.description) == [
        "fd00:1::/64", "fd42:0:0:1::/64", "192.168.2.0/24",
      ])
    #expect(
      topology.paths[1].members.map(\.address.description) == ["fd42:0:0:1::20", "fd42:0:0:1::21"])
    #expect(topology.paths[2].members.map(\.address.description) == ["192.168.2.1", "192.168.2.2"])
    // 40 of IPv6, 8 of UDP, 8 of VXLAN, 14 of Ethernet.
    #expect(topology.paths.map(\.mtu) == [1500, 1430, 1430])
  }

  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../topologies").standardizedFileURL

  private static let shipped =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? ["none"]

  @Test(arguments: shipped)
  func everyShippedTopologyIsGoodAndOpensWithItsDrawing(name: String) throws {
    let file = TopologyTests.folder.appendingPathComponent(name)
    let text = try String(contentsOf: file, encoding: .utf8)
    let topology = try Topology(parsing: text, file: file.path)
    #expect(topology.name == name.prefix { $0 != "." })
    #expect(text.hasPrefix("#"))
    #expect(text.contains("──"))
  }
}
