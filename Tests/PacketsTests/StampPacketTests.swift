import Packets
import Testing

@Suite struct StampPacketTests {
  /// RFC 8762, figure 2, with RFC 8972's session identifier and a private TLV.
  private let senderBytes = hex(
    """
    00 00 00 07                # sequence number
    e9 3c 7a 80 80 00 00 00    # timestamp: NTP seconds, half a second
    00 01                      # error estimate: not synchronised, NTP format, multiplier 1
    00 03                      # session identifier
    00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00
    80                         # TLV flags: U
    fc                         # TLV type: private use
    00 0c                      # TLV length
    11 22 33 44 55 66 77 88    # run
    00 02                      # sender
    ff ff                      # no reflector yet
    """)

  private let sender = StampSenderPacket(
    sequence: 7, timestamp: Timestamp(ntp: 0xe93c_7a80_8000_0000), sessionID: 3,
    probe: ProbeTLV(run: 0x1122_3344_5566_7788, sender: 2))

  private let session = StampSession(run: 0x1122_3344_5566_7788)

  @Test func aSenderPacketIsWrittenAsTheStandardHasIt() {
    #expect(session.bytes(of: sender) == senderBytes)
  }

  @Test func aSenderPacketIsReadBack() {
    #expect(session.read(StampSenderPacket.self, from: senderBytes) == sender)
  }

  @Test func aReflectorPacketIsWrittenAsTheStandardHasIt() {
    let reply = StampReflectorPacket(
      answering: sender, reflector: 1, receivedAt: Timestamp(ntp: 0xe93c_7a80_8000_1000),
      sentAt: Timestamp(ntp: 0xe93c_7a80_8000_2000), timeToLive: 255)
    let expected = hex(
      """
      00 00 00 07                # sequence number
      e9 3c 7a 80 80 00 20 00    # timestamp
      00 01 00 03                # error estimate, session identifier
      e9 3c 7a 80 80 00 10 00    # receive timestamp
      00 00 00 07                # the sender's sequence number
      e9 3c 7a 80 80 00 00 00    # the sender's timestamp
      00 01 00 00                # the sender's error estimate, zero
      ff 00 00 00                # the sender's TTL, zero
      00 fc 00 0c                # TLV: U cleared
      11 22 33 44 55 66 77 88    # run
      00 02 00 01                # sender, reflector
      """)
    // A nanosecond is 4.29 units of the NTP fraction: the low bits are rounded up to one.
    let bytes = session.bytes(of: reply)
    #expect(bytes.count == expected.count)
    #expect(reply.receiveTimestamp == Timestamp(ntp: 0xe93c_7a80_8000_1000))
    let fractions = Set([10, 11, 22, 23])
    for index in expected.indices where !fractions.contains(index) {
      #expect(bytes[index] == expected[index], "at offset \(index)")
    }
  }

  @Test func everyTruncationIsAStrangersAndNoneIsACrash() {
    for length in senderBytes.indices {
      let bytes = Array(senderBytes[..<length])
      #expect(session.read(StampSenderPacket.self, from: bytes) == nil)
      #expect(session.read(StampReflectorPacket.self, from: bytes) == nil)
    }
  }

  @Test func aStrangersTLVIsNone() {
    var bytes = senderBytes
    bytes[45] = 1
    #expect(session.read(StampSenderPacket.self, from: bytes) == nil)
    #expect(StampSession(run: 1).read(StampSenderPacket.self, from: senderBytes) == nil)
  }

  @Test func aCapturedProbeIsFoundBehindIPOptions() throws {
    let header = hex(
      """
      02 00 00 00 00 02  02 00 00 00 00 03  08 00   # Ethernet
      46 00 00 5c 00 00 40 00 ff 11 00 00           # IPv4, six words, TTL 255, UDP
      0a 00 01 04  0a 00 01 c8                      # source, destination
      94 04 00 00                                   # an option
      c3 50 03 5e 00 44 00 00                       # UDP: 50000 to 862
      """)
    let frame = header + senderBytes
    let destination = MACAddress("02:00:00:00:00:02")!
    #expect(try capture(frame, of: session) == .probe(sender, destination: destination))
    #expect(try capture(frame) == .probe(nil, destination: destination))
    for length in frame.indices {
      let cut = Array(frame[..<length])
      if length < header.count {
        #expect(throws: ParseError.self) { try capture(cut, of: session) }
      } else {
        #expect(try capture(cut, of: session) == .probe(nil, destination: destination))
      }
    }
  }

  @Test(arguments: [0, 1, 999_999_999, 1_795_267_950_000_199_694, 4_102_444_799_999_999_999])
  func timestampsSurviveTheNTPFormat(nanoseconds: Int64) {
    let instant = Timestamp(nanoseconds: nanoseconds)
    #expect(Timestamp(ntp: instant.ntp) == instant)
  }
}
