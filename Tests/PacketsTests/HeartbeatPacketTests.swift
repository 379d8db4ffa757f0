import Packets
import Testing

@Suite struct HeartbeatPacketTests {
  private let packet = HeartbeatPacket(
    state: .active, priority: 200, yields: 0x0102_0304, pair: 0x1122_3344_5566_7788)

  private let bytes = hex(
    """
    76 6a 68 62              # vjhb
    01 01 c8 00              # version, state, priority, reserved
    01 02 03 04              # times it gave the VIP up
    11 22 33 44 55 66 77 88  # pair
    """)

  @Test func itIsOnTheWireAsItSaysAndReadBack() throws {
    #expect(packet.bytes == bytes)
    #expect(try HeartbeatPacket(bytes: bytes) == packet)
  }

  @Test func everyTruncationAndWhatItIsNotIsAnError() {
    for length in bytes.indices {
      #expect(throws: ParseError.self) { try HeartbeatPacket(bytes: Array(bytes[..<length])) }
    }
    let wrong: [(offset: Int, byte: UInt8, field: String, value: UInt64)] = [
      (3, 0, "magic number", 0x766a_6800), (4, 2, "version", 2), (5, 9, "state", 9),
    ]
    for (offset, byte, field, value) in wrong {
      var changed = bytes
      changed[offset] = byte
      #expect(throws: ParseError.unexpected(field: field, value: value)) {
        try HeartbeatPacket(bytes: changed)
      }
    }
  }
}
