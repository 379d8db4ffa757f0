import Packets
import Testing

@Suite struct AnnouncementTests {
  private let vip = IPv4Address("10.0.1.200")!
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
    let bytes = Announcement(form: .reply, address: vip, hardware: mac).frame
    let captured = try capture(bytes)
    let expected = ARPPacket(
      operation: .reply, senderHardware: mac, sender: vip, targetHardware: mac, target: vip)
    #expect(captured == .arp(expected))
  }

  @Test func everyTruncationIsAnErrorAndNoneIsACrash() {
    let bytes = Announcement(form: .request, address: vip, hardware: mac).frame
    for length in bytes.indices {
      #expect(throws: ParseError.self) { try capture(Array(bytes[..<length])) }
    }
  }

  @Test func otherHardwareIsRefused() {
    var bytes = Announcement(form: .request, address: vip, hardware: mac).frame
    bytes[15] = 6
    #expect(throws: ParseError.unexpected(field: "hardware type", value: 6)) {
      try capture(bytes)
    }
  }
}

func capture(_ bytes: [UInt8]) throws -> CapturedFrame {
  try bytes.withUnsafeBytes { raw in
    var reader = ByteReader(raw)
    return try CapturedFrame(parsing: &reader)
  }
}
