import Packets
import Testing

@Suite struct PcapNGTests {
  /// The blocks of the draft's sections 4.1, 4.2 and 4.3, field by field.
  @Test func aFileIsItsBlocks() {
    var file = PcapNG(interface: "alpha", snapLength: 128, application: "test")
    #expect(
      file.bytes
        == hex(
          """
          0a0d0d0a 28000000  # section header, 40 bytes
          4d3c2b1a 0100 0000  # byte order, version 1.0
          ffffffffffffffff  # no length
          0400 0400 74657374  # application: test
          0000 0000 28000000
          01000000 2c000000  # interface description, 44 bytes
          0100 0000 80000000  # Ethernet, 128 bytes kept
          0200 0500 616c706861 000000  # name: alpha
          0900 0100 09 000000  # nanoseconds
          0000 0000 2c000000
          """))
    let before = file.bytes.count
    file.append(
      [1, 2, 3, 4, 5], length: 60, at: Timestamp(nanoseconds: 0x0102_0304_0506_0708), comment: "so")
    #expect(
      Array(file.bytes[before...])
        == hex(
          """
          06000000 34000000  # enhanced packet, 52 bytes
          00000000 04030201 08070605  # interface 0, time
          05000000 3c000000 0102030405 000000  # 5 of 60 bytes
          0100 0200 736f 0000  # comment: so
          0000 0000 34000000
          """))
  }

  @Test func everyBlockEndsOnFourBytesAndRepeatsItsLength() {
    for count in 0..<9 {
      var file = PcapNG(interface: "a", snapLength: 128, application: "x")
      let before = file.bytes.count
      file.append(Array(repeating: 7, count: count), length: count, at: Timestamp(nanoseconds: 1))
      let block = file.bytes[before...]
      #expect(block.count.isMultiple(of: 4))
      #expect(Array(block.dropFirst(4).prefix(4)) == Array(block.suffix(4)))
      #expect(Int(block[before + 4]) == block.count)
    }
  }
}
