import LinuxNet
import Packets
import SystemPackage
import TestSupport
import Testing

/// Everything here is done to the running kernel, in namespaces that end with the test.
@Suite struct NamespaceTests {
  private let port = Cable.port
  private let node = Cable.node
  private let mac = Cable.mac

  private func perform(_ batch: NetlinkBatch, in namespace: Namespace) throws {
    try namespace.run { () throws(KernelError) in try NetlinkSocket().perform(batch) }
  }

  @Test func linksAreMadeAsAsked() throws {
    let cable = try Cable()
    defer { withExtendedLifetime(cable) {} }
    var batch = NetlinkBatch()
    batch.setLink(node, up: true)
    try batch.addAddress(IPAddress("10.0.1.5")!, prefixLength: 24, to: node)
    try perform(batch, in: cable.node)

    let link = try run("ip", "-details", "link", "show", "lan", in: cable.node)
    #expect(link.contains("102: lan"))
    #expect(link.contains("mtu 1400"))
    #expect(link.contains("02:00:00:00:00:05"))
    #expect(link.contains("LOWER_UP"))
    #expect(try run("ip", "address", "show", "lan", in: cable.node).contains("inet 10.0.1.5/24"))
    let port = try run("bridge", "link", "show", in: cable.hub)
    #expect(port.contains("101: alpha") && port.contains("master lan"))
  }

  @Test func aVXLANDeviceHasItsStaticEntriesAndLearnsNothing() throws {
    let cable = try Cable()
    defer { withExtendedLifetime(cable) {} }
    var batch = NetlinkBatch()
    batch.setLink(node, up: true)
    try batch.addVXLAN(
      TunnelLink(
        name: "over", index: 200, mac: MACAddress("02:80:00:00:00:05")!, mtu: 1350, vni: 77,
        port: 14_789, udpChecksum: false),
      local: IPAddress("10.0.1.5")!, underlay: node)
    let peer = MACAddress("02:80:00:00:00:06")!
    try batch.addPermanentNeighbour(
      IPAddress("10.0.1.6")!, at: MACAddress("02:00:00:00:00:06")!, on: node)
    for last in 6...7 { try batch.addFlooding(to: IPAddress("10.0.1.\(last)")!, on: 200) }
    try batch.addForwarding(of: peer, to: IPAddress("10.0.1.6")!, on: 200)
    try perform(batch, in: cable.node)

    let link = try run("ip", "-details", "link", "show", "over", in: cable.node)
    for part in [
      "vxlan id 77", "local 10.0.1.5", "dev lan", "dstport 14789", "nolearning", "noudpcsum",
      "mtu 1350",
    ] {
      #expect(link.contains(part), "\(part)")
    }
    let entries = try run("bridge", "fdb", "show", "dev", "over", in: cable.node)
    #expect(entries.contains("00:00:00:00:00:00 dst 10.0.1.6 self permanent"))
    #expect(entries.contains("00:00:00:00:00:00 dst 10.0.1.7 self permanent"))
    #expect(entries.contains("02:80:00:00:00:06 dst 10.0.1.6 self permanent"))
    let neighbours = try run("ip", "neighbour", "show", in: cable.node)
    #expect(neighbours.contains("10.0.1.6 dev lan lladdr 02:00:00:00:00:06 PERMANENT"))
  }

  @Test func anErrorNamesTheRequestAndCarriesTheKernelsWords() throws {
    let cable = try Cable()
    defer { withExtendedLifetime(cable) {} }
    var batch = NetlinkBatch()
    batch.setLink(node, up: true)
    try batch.addAddress(IPAddress("10.0.1.5")!, prefixLength: 24, to: 4_711)
    try batch.addAddress(IPAddress("10.0.1.6")!, prefixLength: 24, to: node)
    let error = #expect(throws: KernelError.self) { try perform(batch, in: cable.node) }
    #expect(error?.operation == "ip address add 10.0.1.5/24 dev 4711")
    #expect(error?.code == Errno.noSuchAddressOrDevice.rawValue || error?.code == 19)
    #expect(error?.detail == "ipv4: Device not found")
    // The requests around the failed one were carried out.
    #expect(try run("ip", "address", "show", "lan", in: cable.node).contains("inet 10.0.1.6/24"))
  }

  @Test func isolatedPortsDoNotReachEachOther() throws {
    let cable = try Cable()
    defer { withExtendedLifetime(cable) {} }
    var batch = NetlinkBatch()
    batch.setPort(port, flags: [.isolated, .flood])
    try perform(batch, in: cable.hub)
    let shown = try run("bridge", "-details", "link", "show", "dev", "alpha", in: cable.hub)
    #expect(shown.contains("isolated on"))
    #expect(shown.contains("learning off"))
    #expect(shown.contains("flood on"))
  }

  @Test func aRouteLeadsThroughItsGateway() throws {
    let cable = try Cable()
    defer { withExtendedLifetime(cable) {} }
    var batch = NetlinkBatch()
    batch.setLink(node, up: true)
    try batch.addAddress(IPAddress("10.0.1.5")!, prefixLength: 24, to: node)
    try batch.addRoute(
      to: IPNetwork(containing: IPAddress("10.9.0.0")!, prefixLength: 16),
      via: IPAddress("10.0.1.1")!)
    try perform(batch, in: cable.node)
    #expect(try run("ip", "route", in: cable.node).contains("10.9.0.0/16 via 10.0.1.1 dev lan"))
  }

  @Test func aMonitorTellsOfAddressesAndNeighbours() throws {
    let cable = try Cable()
    defer { withExtendedLifetime(cable) {} }
    let monitor = try cable.node.run { () throws(KernelError) in try NetworkMonitor() }
    let (own, peer) = (IPAddress("10.0.1.5")!, IPAddress("10.0.1.6")!)
    var batch = NetlinkBatch()
    batch.setLink(node, up: true)
    try batch.addAddress(own, prefixLength: 24, to: node)
    try batch.addPermanentNeighbour(peer, at: mac, on: node)
    try batch.removeAddress(own, prefixLength: 24, from: node)
    try perform(batch, in: cable.node)
    var changes: [NetworkChange] = []
    monitor.drain { changes.append($0) }
    #expect(changes.contains(.addressAdded(own, index: node)))
    #expect(changes.contains(.addressRemoved(own, index: node)))
    #expect(changes.contains(.neighbour(peer, mac, .permanent, index: node)))
    #expect(changes.contains(.link(index: node, isUp: true)))
  }

  @Test func parametersBelongToTheirNamespace() throws {
    let (first, second) = (try Namespace(), try Namespace())
    let name = "ipv4.conf.all.arp_accept"
    try first.run { () throws(KernelError) in try Sysctl.set(name, to: "1") }
    #expect(try first.run { () throws(KernelError) in try Sysctl.get(name) } == "1")
    #expect(try second.run { () throws(KernelError) in try Sysctl.get(name) } == "0")
    #expect(!Sysctl.exists("ipv4.no_such_thing"))
  }
}

/// A switch with one port, and the node at its other end. A class, so that both namespaces live as
/// long as a test holds it.
private final class Cable {
  static let port: Int32 = 101
  static let node: Int32 = 102
  static let mac = MACAddress("02:00:00:00:00:05")!

  let hub: Namespace
  let node: Namespace

  init() throws {
    hub = try Namespace()
    node = try Namespace()
    var batch = NetlinkBatch()
    try batch.add(BridgeLink(name: "lan", index: 100, mtu: 1400))
    batch.startBridge(100)
    try batch.add(
      VethLink(
        port: VethEnd(name: "alpha", index: Cable.port), bridge: 100,
        node: VethEnd(name: "lan", index: Cable.node), nodeMAC: Cable.mac, mtu: 1400),
      to: node)
    try hub.run { () throws(KernelError) in try NetlinkSocket().perform(batch) }
  }
}
