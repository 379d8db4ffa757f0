import Measurement
import Testing

/// Numbers of probes that are told by ports.
@Suite struct PortNumberingTests {
  @Test func aPortHoldsTheLowerBits() {
    #expect(PortNumbering.port(of: 0) == 0x4000)
    #expect(PortNumbering.port(of: 0x1_2345) == 0x4000 | 0x2345)
    #expect(PortNumbering.number(of: 0x4000 | 0x2345) == 0x2345)
    #expect(PortNumbering.number(of: 0x3fff) == nil && PortNumbering.number(of: 0x8000) == nil)
  }

  @Test(arguments: [0, 1, 4000, 8191, 8192, 16_383, 16_384, 100_000, 4_000_000_000])
  func aNumberIsTheNearestThatEndsInThem(other: UInt32) {
    for number in stride(from: max(0, Int64(other) - 8_191), through: Int64(other) + 8_191, by: 13)
    {
      let number = UInt32(number)
      let bits = PortNumbering.number(of: PortNumbering.port(of: number))
      #expect(bits.map { PortNumbering.whole($0, near: other) } == number)
    }
  }
}
