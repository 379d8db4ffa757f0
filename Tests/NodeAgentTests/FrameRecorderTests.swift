import LinuxNet
import Packets
import Testing

@testable import NodeAgent

/// The ring of frames, on a link of its own.
@Suite struct FrameRecorderTests {
  private let interface: Int32 = 102

  /// A node on a switch, and its recorder of `capacity` frames.
  private func node(capacity: Int) throws -> (socket: PacketSocket, recorder: FrameRecorder) {
    let namespace = try Namespace()
    return try namespace.run { () throws(KernelError) in
      // Nothing but what is sent here is on the link.
      for scope in ["all", "default"] {
        try Sysctl.set("ipv6.conf.\(scope).disable_ipv6", to: "1")
      }
      var batch = NetlinkBatch()
      try batch.add(BridgeLink(name: "hub", index: 100, mtu: 1500))
      batch.startBridge(100)
      try batch.add(
        VethLink(
          port: VethEnd(name: "port", index: 101), bridge: 100,
          node: VethEnd(name: "lan", index: interface), nodeMAC: .local(group: 0, member: 1),
          mtu: 1500), to: namespace)
      batch.setLink(interface, up: true)
      try NetlinkSocket().perform(batch)
      let socket = try PacketSocket.observing(interface: interface, ports: [862, 694])
      let recorder = FrameRecorder(
        try .observing(interface: interface, ports: [862, 694]), capacity: capacity)
      return (socket, recorder)
    }
  }

  private func announcement(_ number: UInt8) throws -> [UInt8] {
    try #require(
      Announcement(
        form: .request, address: IPAddress(bits: 0x0a00_0100 | UInt128(number), family: .v4),
        hardware: .local(group: 0, member: 1)
      ).frame)
  }

  @Test(arguments: [(capacity: 8, kept: 6), (capacity: 4, kept: 4)])
  func aRingTellsFromWhenOnItHasEverything(capacity: Int, kept: Int) throws {
    let (socket, recorder) = try node(capacity: capacity)
    let begin = WallClock.now
    for number in UInt8(1)...6 { try socket.send(try announcement(number)) }
    #expect(recorder.receive(PacketBatch(capacity: 8)) == 6)
    let frames = recorder.frames(from: begin, to: WallClock.now)
    let expected = try (UInt8(1)...6).suffix(kept).map { try announcement($0) }
    #expect(frames.inOrder.map { Array($0.kept) } == expected)
    #expect(frames.missingUntil == (kept < 6 ? frames.inOrder[0].at : nil))
    let later = recorder.frames(from: frames.inOrder[kept - 1].at, to: .distantFuture)
    #expect(later.inOrder.count == 1)
    #expect(later.missingUntil == nil)
  }
}
