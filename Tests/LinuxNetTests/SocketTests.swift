import LinuxNet
import Packets
import TestSupport
import Testing

/// Packets between two namespaces, over the running kernel.
@Suite struct SocketTests {
  private let vip = IPv4Address("10.0.1.200")!
  private let port: UInt16 = 862
  private let interface: Int32 = 102

  /// Two nodes on one switch: `.1` and `.2`, the second with the VIP. A class, so that all three
  /// namespaces live as long as a test holds it.
  private final class Pair {
    let hub: Namespace
    let client: Namespace
    let server: Namespace
    let serverMAC = MACAddress("02:00:00:00:00:02")!

    init() throws {
      hub = try Namespace()
      client = try Namespace()
      server = try Namespace()
    }
  }

  private func pair() throws -> Pair {
    let pair = try Pair()
    var batch = NetlinkBatch()
    try batch.add(BridgeLink(name: "lan", index: 100, mtu: 1500))
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
        IPv4Address("10.0.1.\(number + 1)")!, prefixLength: 24, to: interface)
      if number == 1 { try batch.addAddress(vip, prefixLength: 32, to: interface) }
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

  private func capture(in namespace: Namespace) throws -> PacketSocket {
    let filter = CaptureFilter(vip: vip, port: port)
    return try namespace.run { () throws(KernelError) in
      try PacketSocket(interface: interface, filter: filter)
    }
  }

  private func connected(in pair: Pair, to peer: IPv4Address, port: UInt16) throws -> UDPSocket {
    try pair.client.run { () throws(KernelError) in
      try .connected(
        from: IPv4Address("10.0.1.1")!, to: peer, port: port, interface: "lan")
    }
  }

  /// Waits up to two seconds for a packet and reads it.
  private func receive(
    from socket: some Receiver, into batch: borrowing PacketBatch
  ) throws -> Int {
    try withExtendedLifetime(socket) {
      let poll = try EventPoll()
      try poll.add(socket.descriptorNumber, tag: 1)
      guard poll.wait(timeout: .seconds(2)) > 0 else { return 0 }
      return batch.receive(from: socket.descriptorNumber)
    }
  }

  private let probe = StampSenderPacket(
    sequence: 5, timestamp: Timestamp(nanoseconds: 1), sessionID: 1,
    probe: ProbeTLV(run: 9, sender: 0))

  private func send(_ socket: UDPSocket) {
    _ = probe.bytes.withUnsafeBytes { UDPSocket.send($0, on: socket.descriptorNumber) }
  }

  @Test func aProbeIsCapturedReflectedAndAnswered() throws {
    let pair = try pair()
    defer { withExtendedLifetime(pair) {} }
    let captured = try capture(in: pair.server)
    let reflector = try pair.server.run { () throws(KernelError) in
      try UDPSocket.listening(on: port, interface: "lan")
    }
    let prober = try connected(in: pair, to: vip, port: port)
    let batch = PacketBatch(capacity: 4)
    let before = WallClock.now
    send(prober)

    try #require(receive(from: captured, into: batch) == 1)
    var reader = batch.packet(0).reader
    let frame = try CapturedFrame(parsing: &reader)
    #expect(frame == .probe(probe, destination: pair.serverMAC))
    #expect(batch.packet(0).receivedAt >= before && batch.packet(0).receivedAt <= WallClock.now)

    try #require(receive(from: reflector, into: batch) == 1)
    #expect(batch.packet(0).timeToLive == 255)
    let answer = StampReflectorPacket(
      answering: probe, reflector: 1, receivedAt: batch.packet(0).receivedAt,
      sentAt: WallClock.now, timeToLive: batch.packet(0).timeToLive)
    batch.packet(0).replace(with: answer)
    batch.reply(on: reflector.descriptorNumber, with: 0..<1)

    // The connected socket hears nobody but the VIP, so the answer came from it.
    try #require(receive(from: prober, into: batch) == 1)
    var answerReader = batch.packet(0).reader
    #expect(try StampReflectorPacket(parsing: &answerReader) == answer)
  }

  @Test func theFilterLetsNothingElseThrough() throws {
    let pair = try pair()
    defer { withExtendedLifetime(pair) {} }
    let captured = try capture(in: pair.server)
    send(try connected(in: pair, to: IPv4Address("10.0.1.2")!, port: port))
    send(try connected(in: pair, to: vip, port: 863))
    let sender = try capture(in: pair.client)
    try sender.send(
      Announcement(
        form: .request, address: IPv4Address("10.0.1.1")!,
        hardware: .local(group: 0, member: 1)
      ).frame)
    try sender.send(
      Announcement(form: .reply, address: vip, hardware: .local(group: 0, member: 1)).frame)
    // Packets of one sender arrive in order: what is let through first is the announcement.
    let batch = PacketBatch(capacity: 8)
    try #require(receive(from: captured, into: batch) == 1)
    var reader = batch.packet(0).reader
    guard case .arp(let arp) = try CapturedFrame(parsing: &reader) else {
      Issue.record("not an ARP packet")
      return
    }
    #expect(arp.sender == vip)
  }

  @Test func aFrameForAnotherMachineIsNotCaptured() throws {
    let pair = try pair()
    defer { withExtendedLifetime(pair) {} }
    let captured = try capture(in: pair.server)
    let sender = try capture(in: pair.client)
    try sender.send(frame(to: MACAddress("02:00:00:00:00:63")!))
    try sender.send(frame(to: pair.serverMAC))
    let batch = PacketBatch(capacity: 8)
    try #require(receive(from: captured, into: batch) == 1)
    var reader = batch.packet(0).reader
    #expect(
      try CapturedFrame(parsing: &reader) == .probe(probe, destination: pair.serverMAC))
  }

  /// A probe to the VIP in a frame to `destination`, which the switch floods if it is unknown.
  private func frame(to destination: MACAddress) -> [UInt8] {
    let length = UInt16(StampSenderPacket.wireLength)
    func field(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
    let ethernet = EthernetHeader(
      destination: destination, source: .local(group: 0, member: 1), etherType: .ipv4)
    func header(checksum: UInt16) -> [UInt8] {
      [0x45, 0] + field(28 + length) + [0, 0, 0x40, 0, 255, 17] + field(checksum)
        + IPv4Address("10.0.1.1")!.bytes + vip.bytes
    }
    // A host with br_netfilter drops packets whose header checksum is wrong (RFC 1071).
    let words = stride(from: 0, to: 20, by: 2).map { index in
      let bytes = header(checksum: 0)
      return UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
    }
    let sum = words.reduce(0, +)
    let ip = header(checksum: ~UInt16(truncatingIfNeeded: sum + (sum >> 16)))
    let udp = field(40_000) + field(port) + field(8 + length) + [0, 0]
    return ethernet.bytes + ip + udp + probe.bytes
  }
}

private protocol Receiver: AnyObject {
  var descriptorNumber: Int32 { get }
}

extension PacketSocket: Receiver {}
extension UDPSocket: Receiver {}
