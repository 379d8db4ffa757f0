import Packets
import Testing

@Suite struct EchoProbeTests {
  private func request(_ family: IPFamily) -> EchoProbe {
    EchoProbe(
      family: family, identifier: 0x1234, sequence: 0x0001_0007, run: 0x1122_3344_5566_7788,
      sender: 3)
  }

  @Test func aRequestIsOnTheWireAsItsStandardHasIt() {
    let head = hex(
      """
      08 00 d4 64              # echo request, code 0, checksum
      12 34 00 07              # identifier, sequence number
      11 22 33 44 55 66 77 88  # run
      00 01 00 07 00 03        # number, sender
      """)
    let bytes = request(.v4).bytes
    #expect(bytes.count == 64)
    #expect(Array(bytes[..<head.count]) == head)
    #expect(bytes[head.count...].allSatisfy { $0 == 0 })
    var sum = InternetChecksum()
    sum.add(bytes)
    #expect(sum.value == 0)
  }

  /// Of IPv6 the kernel fills it in.
  @Test func aRequestOfIPv6HasNoChecksumYet() {
    #expect(Array(request(.v6).bytes[..<4]) == [128, 0, 0, 0])
  }

  @Test(arguments: [(IPFamily.v4, UInt8(0)), (.v6, 129)])
  func anAnswerIsReadAndEveryTruncationIsAnError(family: IPFamily, type: UInt8) throws {
    var bytes = request(family).bytes
    bytes[0] = type
    let answer = try EchoProbe(bytes: bytes)
    #expect(answer.isReply && answer.family == family)
    #expect(answer.sequence == 0x0001_0007 && answer.run == 0x1122_3344_5566_7788)
    #expect(answer.sender == 3)
    for length in bytes.indices {
      #expect(throws: ParseError.self) { try EchoProbe(bytes: Array(bytes[..<length])) }
    }
    bytes[0] = 3
    #expect(throws: ParseError.unexpected(field: "ICMP type", value: 3)) {
      try EchoProbe(bytes: bytes)
    }
  }
}
