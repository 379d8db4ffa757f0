import Packets
import Testing

@Suite struct AnnouncementTests {
  private let vip = IPAddress("10.0.1.200")!
  private let vip6 = IPAddress("fd00:1::200")!
  private let mac = MACAddress("02:00:00:00:00:01")!

  private func frame(operation: String, target: String) -> [UInt8] {
    hex(
      """
      ff ff ff ff ff ff    # destination: broadcast
      02 00 00 00 00 01    # source
      08 06                # EtherType: ARP
      00 01                # hardware: Ethernet
      08 00                # protocol: IPv4
      06 04                # address lengths
      \(operation)
      02 00 00 00 00 01    # sender MAC
      0a 00 01 c8          # sender: the VIP
      \(target)
      0a 00 01 c8          # target: the VIP
      """)
  }

  @Test(arguments: [
    (AnnouncementForm.request, "00 01", "00 00 00 00 00 00"),
    (.reply, "00 02", "02 00 00 00 00 01"),
    (.replyBroadcast, "00 02", "ff ff ff ff ff ff"),
  ])
  func everyFormIsOnTheWireAsItsStandardHasIt(
    form: AnnouncementForm, operation: String, target: String
  ) {
    let announcement = Announcement(form: form, address: vip, hardware: mac)
    #expect(announcement.frame == frame(operation: operation, target: target))
  }

  @Test func aCapturedAnnouncementIsReadBack() throws {
    for form in [AnnouncementForm.request, .reply, .replyBroadcast] {
      let frame = Announcement(form: form, address: vip, hardware: mac).frame
      #expect(try capture(try #require(frame)) == .announcement(of: vip, at: mac, form: form))
    }
    let frame = Announcement(form: .reply, address: vip6, hardware: mac).frame
    // IPv6 has one form.
    #expect(
      try capture(try #require(frame)) == .announcement(of: vip6, at: mac, form: .request))
  }

  /// tshark reads it as `Neighbor Advertisement fd00:1::200 (ovr) is at 02:00:00:00:00:01`, its
  /// checksum good.
  @Test func anIPv6AddressIsAnnouncedByAnUnsolicitedAdvertisement() {
    let announcement = Announcement(form: .request, address: vip6, hardware: mac)
    let expected = hex(
      """
      33 33 00 00 00 01    # destination: all nodes
      02 00 00 00 00 01    # source
      86 dd                # EtherType: IPv6
      60 00 00 00          # version, traffic class, flow label
      00 20 3a ff          # 32 bytes of ICMPv6, hop limit 255
      fd 00 00 01 00 00 00 00 00 00 00 00 00 00 02 00  # from the VIP
      ff 02 00 00 00 00 00 00 00 00 00 00 00 00 00 01  # to all nodes
      88 00 56 9b          # Neighbour Advertisement, checksum
      20 00 00 00          # Override
      fd 00 00 01 00 00 00 00 00 00 00 00 00 00 02 00  # target: the VIP
      02 01 02 00 00 00 00 01  # target link-layer address
      """)
    #expect(announcement.frame == expected)
  }

  /// A reply to somebody's request, an answer to his solicitation.
  @Test func whatAnswersSomebodyIsNoAnnouncement() throws {
    var reply = try #require(Announcement(form: .reply, address: vip, hardware: mac).frame)
    reply[reply.count - 1] = 4
    #expect(throws: ParseError.self) { try capture(reply) }
    var answer = try #require(Announcement(form: .request, address: vip6, hardware: mac).frame)
    answer[14 + 40 + 4] |= 0x40
    #expect(throws: ParseError.self) { try capture(answer) }
  }

  @Test func nothingIsAFormToo() {
    #expect(Announcement(form: .silent, address: vip, hardware: mac).frame == nil)
    #expect(Announcement(form: .silent, address: vip6, hardware: mac).frame == nil)
  }

  @Test(arguments: ["10.0.1.200", "fd00:1::200"])
  func everyTruncationIsAnErrorAndNoneIsACrash(address: String) throws {
    let address = try #require(IPAddress(address))
    let bytes = try #require(
      Announcement(form: .request, address: address, hardware: mac).frame)
    for length in bytes.indices {
      #expect(throws: ParseError.self) { try capture(Array(bytes[..<length])) }
    }
  }

  @Test func otherHardwareIsRefused() throws {
    var bytes = try #require(Announcement(form: .request, address: vip, hardware: mac).frame)
    bytes[15] = 6
    #expect(throws: ParseError.unexpected(field: "hardware type", value: 6)) {
      try capture(bytes)
    }
  }
}

func capture(_ bytes: [UInt8], of session: StampSession? = nil) throws -> CapturedFrame {
  try bytes.withUnsafeBytes { raw in
    var reader = ByteReader(raw)
    return try CapturedFrame(parsing: &reader, of: session)
  }
}
