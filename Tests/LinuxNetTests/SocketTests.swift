import LinuxNet
import Packets
import SystemPackage
import TestSupport
import Testing

/// Packets between two namespaces, over the running kernel.
@Suite struct SocketTests {
  private let port: UInt16 = 862
  private let interface: Int32 = 102

  /// Two nodes on one switch: `.1` and `.2`, the second with the VIP. A class, so that all three
  /// namespaces live as long as a test holds it.
  private final class Pair {
    let family: IPFamily
    let hub: Namespace
    let client: Namespace
    let server: Namespace
    let serverMAC = MACAddress("02:00:00:00:00:02")!

    var vip: IPAddress { address(200) }

    /// 10.0.1.N or fd00:1::N.
    func address(_ number: UInt128) -> IPAddress {
      let network: UInt128 = family == .v4 ? 0x0a00_0100 : 0xfd00_0001 << 96
      return IPAddress(bits: network | number, family: family)
    }

    init(_ family: IPFamily) throws {
      self.family = family
      hub = try Namespace()
      client = try Namespace()
      server = try Namespace()
    }
  }

  private func pair(_ family: IPFamily) throws -> Pair {
    let pair = try Pair(family)
    var batch = NetlinkBatch()
    try batch.add(BridgeLink(name: "lan", index: 100, mtu: 1500))
    batch.startBridge(100)
    for (number, namespace) in [pair.client, pair.server].enumerated() {
      try batch.add(
        VethLink(
          port: VethEnd(name: "port\(number)", index: 110 + Int32(number)), bridge: 100,
          node: VethEnd(name: "lan", index: interface),
          nodeMAC: .local(group: 0, member: UInt16(number + 1)), mtu: 1500), to: namespace)
    }
    try perform(batch, in: pair.hub)
    for (number, namespace) in [pair.client, pair.server].enumerated() {
      var batch = NetlinkBatch()
      batch.setLink(interface, up: true)
      try batch.addAddress(
        pair.address(UInt128(number + 1)), prefixLength: family == .v4 ? 24 : 64, to: interface)
      if number == 1 {
        try batch.addAddress(pair.vip, prefixLength: family.width, to: interface)
      }
      try perform(batch, in: namespace)
    }
    let socket = try pair.hub.run { () throws(KernelError) in try NetlinkSocket() }
    let areForwarding = try waitUntil(5) { try socket.forwardingBridgePorts() == [110, 111] }
    try #require(areForwarding)
    return pair
  }

  private func perform(_ batch: NetlinkBatch, in namespace: Namespace) throws {
    try namespace.run { () throws(KernelError) in try NetlinkSocket().perform(batch) }
  }

  private func capture(_ vip: IPAddress, in namespace: Namespace) throws -> PacketSocket {
    let filter = CaptureFilter(vip: vip, probes: .datagrams(from: nil, to: port))
    return try namespace.run { () throws(KernelError) in
      try PacketSocket(interface: interface, filter: filter)
    }
  }

  private func connected(in pair: Pair, to peer: IPAddress, port: UInt16) throws -> UDPSocket {
    try pair.client.run { () throws(KernelError) in
      try .connected(
        from: pair.address(1), to: peer, port: port, interface: "lan")
    }
  }

  /// Waits up to five seconds for packets and reads them. A wait may end before anything is there
  /// (epoll(7)).
  private func receive(
    from socket: some Receiver, into batch: borrowing PacketBatch
  ) throws -> Int {
    try withExtendedLifetime(socket) {
      let poll = try EventPoll()
      try poll.add(socket.descriptor, tag: 1)
      let deadline = WallClock.now + .seconds(5)
      while WallClock.now < deadline {
        _ = poll.wait(timeout: deadline - WallClock.now)
        let count = batch.receive(from: socket.descriptor)
        if count > 0 { return count }
      }
      return 0
    }
  }

  private let probe = StampSenderPacket(
    sequence: 5, timestamp: Timestamp(nanoseconds: 1), sessionID: 1,
    probe: ProbeTLV(run: 9, sender: 0))

  private let session = StampSession(run: 9)

  private var probeBytes: [UInt8] { bytes(of: probe) }

  private func bytes(of probe: StampSenderPacket) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: session.packetLength) { buffer, count in
      var writer = ByteWriter(UnsafeMutableRawBufferPointer(buffer))
      session.write(probe, to: &writer)
      count = writer.position
    }
  }

  private func send(_ socket: UDPSocket) {
    _ = probeBytes.withUnsafeBytes { socket.send($0) }
  }

  @Test(arguments: [IPFamily.v4, .v6])
  func aProbeIsCapturedReflectedAndAnswered(family: IPFamily) throws {
    let pair = try pair(family)
    defer { withExtendedLifetime(pair) {} }
    let captured = try capture(pair.vip, in: pair.server)
    let reflector = try pair.server.run { () throws(KernelError) in
      try UDPSocket.listening(at: pair.vip, port: port, interface: "lan")
    }
    let prober = try connected(in: pair, to: pair.vip, port: port)
    let batch = PacketBatch(capacity: 4)
    let before = WallClock.now
    send(prober)

    try #require(receive(from: captured, into: batch) == 1)
    var reader = batch.packet(0).reader
    let frame = try CapturedFrame(parsing: &reader, of: session)
    #expect(frame == .probe(probe, destination: pair.serverMAC))
    #expect(batch.packet(0).receivedAt >= before && batch.packet(0).receivedAt <= WallClock.now)

    try #require(receive(from: reflector, into: batch) == 1)
    #expect(batch.packet(0).timeToLive == 255)
    let answer = StampReflectorPacket(
      answering: probe, reflector: 1, receivedAt: batch.packet(0).receivedAt,
      sentAt: WallClock.now, timeToLive: batch.packet(0).timeToLive)
    batch.packet(0).replace { session.write(answer, to: &$0) }
    #expect(batch.reply(on: reflector.descriptor, with: 0..<1) == 0)

    // The connected socket hears nobody but the VIP, so the answer came from it.
    try #require(receive(from: prober, into: batch) == 1)
    #expect(session.read(from: batch.packet(0).reader) == answer)
  }

  @Test(arguments: [IPFamily.v4, .v6])
  func theFilterLetsNothingElseThrough(family: IPFamily) throws {
    let pair = try pair(family)
    defer { withExtendedLifetime(pair) {} }
    let captured = try capture(pair.vip, in: pair.server)
    send(try connected(in: pair, to: pair.address(2), port: port))
    send(try connected(in: pair, to: pair.vip, port: 863))
    let sender = try capture(pair.vip, in: pair.client)
    let mac = MACAddress.local(group: 0, member: 1)
    for address in [pair.address(1), pair.vip] {
      let announcement = Announcement(form: .request, address: address, hardware: mac)
      try sender.send(try #require(announcement.frame))
    }
    // Packets of one sender arrive in order: what is let through first is the announcement.
    let batch = PacketBatch(capacity: 8)
    try #require(receive(from: captured, into: batch) == 1)
    var reader = batch.packet(0).reader
    #expect(
      try CapturedFrame(parsing: &reader) == .announcement(of: pair.vip, at: mac, form: .request))
  }

  @Test(arguments: [IPFamily.v4, .v6])
  func aFrameForAnotherMachineIsNotCaptured(family: IPFamily) throws {
    let pair = try pair(family)
    defer { withExtendedLifetime(pair) {} }
    let captured = try capture(pair.vip, in: pair.server)
    let sender = try capture(pair.vip, in: pair.client)
    try sender.send(frame(in: pair, to: MACAddress("02:00:00:00:00:63")!))
    try sender.send(frame(in: pair, to: pair.serverMAC))
    let batch = PacketBatch(capacity: 8)
    try #require(receive(from: captured, into: batch) == 1)
    var reader = batch.packet(0).reader
    #expect(
      try CapturedFrame(parsing: &reader, of: session)
        == .probe(probe, destination: pair.serverMAC))
  }

  /// What waits to be told who has the VIP goes with the entry, and does not come when it is told.
  @Test(arguments: [IPFamily.v4, .v6])
  func anEntryTakesAlongWhatWaitsForIt(family: IPFamily) throws {
    let pair = try pair(family)
    defer { withExtendedLifetime(pair) {} }
    let captured = try capture(pair.vip, in: pair.server)
    var release = NetlinkBatch()
    try release.removeAddress(pair.vip, prefixLength: family.width, from: interface)
    try perform(release, in: pair.server)
    let prober = try connected(in: pair, to: pair.vip, port: port)
    send(prober)
    let netlink = try pair.client.run { () throws(KernelError) in try NetlinkSocket() }
    #expect(try netlink.neighbour(pair.vip, on: interface)?.state == .incomplete)

    var batch = NetlinkBatch()
    try batch.removeNeighbour(pair.vip, on: interface)
    try netlink.perform(batch)
    #expect(try netlink.neighbour(pair.vip, on: interface) == nil)
    let error = #expect(throws: KernelError.self) { try netlink.perform(batch) }
    #expect(error?.code == Errno.noSuchFileOrDirectory.rawValue)

    var claim = NetlinkBatch()
    try claim.addAddress(pair.vip, prefixLength: family.width, to: interface)
    try perform(claim, in: pair.server)
    var next = probe
    next.sequence += 1
    _ = bytes(of: next).withUnsafeBytes { prober.send($0) }
    let packets = PacketBatch(capacity: 4)
    try #require(receive(from: captured, into: packets) == 1)
    var reader = packets.packet(0).reader
    #expect(
      try CapturedFrame(parsing: &reader, of: session) == .probe(next, destination: pair.serverMAC))
  }

  /// A probe to the VIP in a frame to `destination`, which the switch floods if it is unknown.
  private func frame(in pair: Pair, to destination: MACAddress) -> [UInt8] {
    let length = UInt16(session.packetLength)
    func field(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
    let ethernet = EthernetHeader(
      destination: destination, source: .local(group: 0, member: 1),
      etherType: pair.family == .v4 ? .ipv4 : .ipv6)
    let udp = field(40_000) + field(port) + field(8 + length) + [0, 0]
    guard pair.family == .v4 else {
      let ip = [0x60, 0, 0, 0] + field(8 + length) + [17, 255]
      return ethernet.bytes + ip + pair.address(1).bytes + pair.vip.bytes + udp + probeBytes
    }
    func header(checksum: UInt16) -> [UInt8] {
      [0x45, 0] + field(28 + length) + [0, 0, 0x40, 0, 255, 17] + field(checksum)
        + pair.address(1).bytes + pair.vip.bytes
    }
    // A host with br_netfilter drops packets whose header checksum is wrong.
    var sum = InternetChecksum()
    sum.add(header(checksum: 0))
    return ethernet.bytes + header(checksum: sum.value) + udp + probeBytes
  }
}

private protocol Receiver: AnyObject {
  var descriptor: Descriptor { get }
}

extension PacketSocket: Receiver {}
extension UDPSocket: Receiver {}
