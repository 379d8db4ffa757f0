import Packets
import Testing

/// The segments that open a connection, as a packet socket sees them.
@Suite struct HandshakeTests {
  private let ethernet = EthernetHeader(
    destination: MACAddress("02:00:00:00:00:02")!, source: MACAddress("02:00:00:00:00:01")!,
    etherType: .ipv4)

  private var request: [UInt8] {
    ethernet.bytes
      + hex(
        """
        45 00 00 3c 00 00 40 00 40 06 00 00  # IPv4, TCP
        0a 00 01 04 0a 00 01 c8              # from 10.0.1.4 to 10.0.1.200
        40 05 00 50                          # from port 16389 to port 80
        00 00 00 01 00 00 00 00 a0 02        # numbers, data offset, SYN
        fa f0 00 00 00 00                    # window, checksum, urgent
        """)
  }

  @Test func aRequestAndItsAnswerAreTold() throws {
    guard case .handshake(let segment, let header) = try capture(request) else {
      Issue.record("no handshake")
      return
    }
    #expect(header == ethernet && !segment.isAnswer)
    #expect(segment.source == IPAddress("10.0.1.4") && segment.sourcePort == 16_389)
    #expect(segment.destination == IPAddress("10.0.1.200") && segment.destinationPort == 80)
    var answer = request
    answer[14 + 20 + 13] = 0x12
    guard case .handshake(let told, _) = try capture(answer) else {
      Issue.record("no handshake")
      return
    }
    #expect(told.isAnswer)
  }

  @Test func aSegmentWithoutSYNIsNone() {
    var data = request
    data[14 + 20 + 13] = 0x18
    #expect(throws: ParseError.unexpected(field: "TCP flags", value: 0x18)) { try capture(data) }
  }

  @Test func everyTruncationIsAnErrorAndNoneIsACrash() {
    for length in 0..<(14 + 20 + 14) {
      #expect(throws: ParseError.self) { try capture(Array(request[..<length])) }
    }
  }
}
