import Foundation
import Testing

@testable import Packets

/// STAMP's authenticated mode (RFC 8762, section 4.2 and 4.4; RFC 8972, section 4.8).
@Suite struct StampAuthenticationTests {
  private let session = StampSession(
    run: 0x1122_3344_5566_7788, key: StampKey(Array(0..<32)))

  private let sender = StampSenderPacket(
    sequence: 7, timestamp: Timestamp(ntp: 0xe93c_7a80_8000_0000), sessionID: 3,
    probe: ProbeTLV(run: 0x1122_3344_5566_7788, sender: 2))

  /// Of the key 00 01 … 1f, as another implementation of HMAC-SHA-256 has it.
  private let senderBytes = hex(
    """
    00 00 00 07                # sequence number
    00 00 00 00 00 00 00 00 00 00 00 00
    e9 3c 7a 80 80 00 00 00    # timestamp
    00 01 00 03                # error estimate, session identifier
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
    82 59 53 19 dc 4a 38 39 1b 3b df d2 9a c7 b1 cb    # HMAC of all that
    80 fc 00 0c                # private TLV
    11 22 33 44 55 66 77 88    # run
    00 02 ff ff                # sender, no reflector yet
    80 08 00 10                # HMAC TLV
    8b 35 ef f8 de 4f 88 40 f3 e8 6d f4 aa e0 d9 de    # of the sequence number and the TLV before
    """)

  @Test func aPacketIsWrittenAsTheStandardHasIt() {
    #expect(session.bytes(of: sender) == senderBytes)
    #expect(senderBytes.count == session.packetLength)
    #expect(session.read(StampSenderPacket.self, from: senderBytes) == sender)
  }

  @Test func anAnswerIsReadBackAndHasItsFieldsInTheirPlaces() {
    let reply = StampReflectorPacket(
      answering: sender, reflector: 1, receivedAt: Timestamp(ntp: 0xe93c_7a80_8000_1000),
      sentAt: Timestamp(ntp: 0xe93c_7a80_9000_0000), timeToLive: 254)
    let bytes = session.bytes(of: reply)
    #expect(session.read(StampReflectorPacket.self, from: bytes) == reply)
    #expect(bytes.count == senderBytes.count)
    #expect(bytes[32..<36] == hex("e9 3c 7a 80")[...], "receive timestamp")
    #expect(bytes[48..<52] == hex("00 00 00 07")[...], "the sender's sequence number")
    #expect(bytes[64..<72] == hex("e9 3c 7a 80 80 00 00 00")[...], "the sender's timestamp")
    #expect(bytes[72..<74] == hex("00 01")[...] && bytes[80] == 254)
  }

  /// Whatever format its sender has, its timestamp comes back as it was sent.
  @Test(arguments: [UInt64(0x8000_0000_0000_0000), 0xeeb3_e424_1446_6645])
  func aSendersTimestampIsSentBackAsItCame(raw: UInt64) {
    var request = sender
    request.rawTimestamp = raw
    let reply = StampReflectorPacket(
      answering: request, reflector: 1, receivedAt: Timestamp(ntp: 1 << 63),
      sentAt: Timestamp(ntp: 1 << 63),
      timeToLive: 1)
    let bytes = session.bytes(of: reply)
    #expect(bytes[64..<72] == session.bytes(of: request)[16..<24])
  }

  @Test func noByteCanBeChangedAndNoneBeMissing() {
    // But for the flags of what signs.
    for index in senderBytes.indices where index != 128 {
      var bytes = senderBytes
      bytes[index] ^= 0x10
      #expect(session.read(StampSenderPacket.self, from: bytes) == nil, "at offset \(index)")
      #expect(
        session.read(StampSenderPacket.self, from: Array(senderBytes[..<index])) == nil)
    }
  }

  @Test func anotherKeyIsAStrangers() {
    let other = StampSession(run: session.run, key: .random())
    #expect(other.read(StampSenderPacket.self, from: senderBytes) == nil)
    let open = StampSession(run: session.run)
    #expect(open.read(StampSenderPacket.self, from: senderBytes) == nil)
    #expect(session.read(StampSenderPacket.self, from: open.bytes(of: sender)) == nil)
  }

  /// RFC 4231, test cases 1 and 6, the last of them with a key that is longer than a block.
  @Test(arguments: [
    ([UInt8](repeating: 0x0b, count: 20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
    (
      [UInt8](repeating: 0xaa, count: 131),
      "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f"
    ),
  ])
  func digestsAreThoseOfTheStandard(key: [UInt8], text: String, digest: String) throws {
    let key = try #require(StampKey(key))
    let tag = Array(text.utf8).withUnsafeBytes { key.tag(of: $0) }
    #expect(tag == UInt128(digest, radix: 16))
  }

  @Test func aKeyIsReadAndKeptButNotTold() throws {
    let key = try #require(StampKey(hexadecimal: " 000102030405060708090A0B0C0D0E0F\n"))
    #expect(key == StampKey(Array(0..<16)))
    #expect("\(key)" == "a key of 16 bytes" && !String(reflecting: key).contains("15"))
    for text in [
      "", "00", "0", String(repeating: "0", count: 31), String(repeating: "g", count: 32),
    ] {
      #expect(StampKey(hexadecimal: text) == nil, "\(text)")
    }
    #expect(StampKey.random() != StampKey.random())
    let line = try JSONEncoder().encode(session)
    #expect(try JSONDecoder().decode(StampSession.self, from: line) == session)
  }
}

/// What a reflector that knows nothing of this program's makes of TLVs.
@Suite struct StampTLVsTests {
  private let key = StampKey(Array(0..<32))!

  /// A padding, the TLVs of another program, and what signs them.
  private func packet(_ tlvs: [UInt8], isSigned: Bool) -> [UInt8] {
    let session = StampSession(run: 1, key: key)
    var packet = StampSenderPacket(
      sequence: 9, timestamp: Timestamp(nanoseconds: 0), sessionID: 1,
      probe: ProbeTLV(run: 1, sender: 0))
    let whole = session.bytes(of: packet)
    packet.probe = nil
    return Array(whole[..<112]) + tlvs + (isSigned ? Array(whole[128...]) : [])
  }

  private let probe = hex("80 fc 00 0c 00 00 00 00 00 00 00 01 00 00 ff ff")

  private func flags(of bytes: [UInt8], at offsets: [Int], key: StampKey?) -> [UInt8] {
    var bytes = bytes
    bytes.withUnsafeMutableBytes { StampTLVs.answer(in: $0, from: 112, key: key) }
    return offsets.map { bytes[$0] }
  }

  @Test func whatIsSignedIsMarkedAsUnknownOnly() {
    #expect(flags(of: packet(probe, isSigned: true), at: [112, 128], key: key) == [0x80, 0])
  }

  @Test func whatIsNotIsMarkedAsFailed() {
    #expect(flags(of: packet(probe, isSigned: false), at: [112], key: key) == [0xa0])
    var changed = packet(probe, isSigned: true)
    changed[120] ^= 1
    #expect(flags(of: changed, at: [112, 128], key: key) == [0xa0, 0x20])
    let late = packet(probe, isSigned: true) + probe
    #expect(flags(of: late, at: [112, 128, 148], key: key) == [0xa0, 0x20, 0xa0])
  }

  @Test func paddingNeedsNoSignature() {
    let padding = hex("80 01 00 02 00 00")
    #expect(flags(of: packet(padding, isSigned: false), at: [112], key: key) == [0])
    let behind = packet(probe, isSigned: true) + padding
    #expect(flags(of: behind, at: [112, 128, 148], key: key) == [0x80, 0, 0])
  }

  @Test func anAnswersTLVsAreSignedAnew() {
    var bytes = packet(probe, isSigned: true)
    bytes.withUnsafeMutableBytes { StampTLVs.answer(in: $0, from: 112, key: key) }
    let session = StampSession(run: 1, key: key)
    #expect(session.read(StampSenderPacket.self, from: bytes)?.probe?.flags == .unrecognised)
    var unmarked = bytes
    unmarked[112] = 0
    #expect(session.read(StampSenderPacket.self, from: unmarked) == nil)
  }

  @Test func whatIsReservedGoesBackAsZero() {
    let bytes = packet(hex("9f c8 00 01 00"), isSigned: false)
    #expect(flags(of: bytes, at: [112], key: nil) == [0x80])
  }

  @Test func oneThatIsTooLongIsMarkedAsMalformed() {
    let bytes = packet(hex("80 c8 00 05 00"), isSigned: false)
    #expect(flags(of: bytes, at: [112], key: nil) == [0xc0])
    #expect(flags(of: bytes, at: [112], key: key) == [0xe0])
    // An HMAC of another length.
    let long = packet(hex("80 08 00 02 00 00"), isSigned: false)
    #expect(flags(of: long, at: [112], key: key) == [0x60])
  }
}
