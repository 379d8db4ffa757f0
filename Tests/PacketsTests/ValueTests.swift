import Packets
import Testing

@Suite struct ValueTests {
  @Test(arguments: [
    ("500us", 500_000), ("1.5s", 1_500_000_000), ("2min", 120_000_000_000),
    ("4h", 14_400_000_000_000),
    ("7ns", 7),
    ("0.25ms", 250_000), ("0s", 0),
  ])
  func spansAreReadWithTheirUnit(text: String, nanoseconds: Int64) {
    #expect(TimeSpan(text)?.nanoseconds == nanoseconds)
  }

  @Test(arguments: [
    "", "5", "s", "-1s", "1 s", "1.s", ".5s", "1e3s", "1d", "99999999999min", "2401h",
  ])
  func anythingElseIsNoSpan(text: String) {
    #expect(TimeSpan(text) == nil)
  }

  @Test(arguments: [("1500ms", "1500ms"), ("2000ms", "2s"), ("100us", "100us"), ("60s", "60s")])
  func spansAreWrittenInTheLargestUnitThatFits(text: String, written: String) {
    #expect(TimeSpan(text)?.description == written)
  }

  /// What is longer than all time is as long as can be told.
  @Test func timesThatAreTooLongEndNothing() {
    let long = TimeSpan(nanoseconds: .max)
    #expect(long + long == long && TimeSpan.zero - long - long == TimeSpan(nanoseconds: -.max))
    #expect(1_000_000 * TimeSpan.seconds(8_640_000) == long)
    #expect(-2 * long == TimeSpan(nanoseconds: -.max))
    #expect(Timestamp(nanoseconds: 1) + long == .distantFuture)
    #expect(Timestamp(nanoseconds: -2) - .distantFuture == TimeSpan(nanoseconds: -.max))
    #expect(TimeSpan(clamping: 1e300) == TimeSpan(clamping: .infinity))
    #expect(TimeSpan(clamping: .nan) == .zero)
  }

  @Test(arguments: ["1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "+1.2.3.4", "1..2.3", "a.b.c.d"])
  func malformedAddressesAreRefused(text: String) {
    #expect(IPv4Address(text) == nil)
  }

  @Test(arguments: ["0.0.0.0", "10.0.1.200", "255.255.255.255"])
  func addressesAreWrittenAsRead(text: String) {
    #expect(IPv4Address(text)?.description == text)
  }

  @Test(arguments: [
    ("fd00:1::200", "fd00:1::200"), ("FD00:0001:0:0::0200", "fd00:1::200"), ("::", "::"),
    ("::1", "::1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
  ])
  func addressesOfIPv6AreWrittenAsRFC5952HasIt(text: String, written: String) {
    #expect(IPv6Address(text)?.description == written)
    #expect(IPAddress(text)?.description == written)
  }

  @Test(arguments: [
    "fd00", "fd00:::1", "1:2:3:4:5:6:7:8:9", "g::", "fe80::1%lan", "fd00::1/64", "",
  ])
  func malformedAddressesOfIPv6AreRefused(text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func aNetworkOfIPv6KeepsItsFirstAddressFree() {
    let network = IPNetwork(containing: IPAddress("fd00:1::77")!, prefixLength: 64)
    #expect(network.description == "fd00:1::/64")
    #expect(!network.isAssignable(IPAddress("fd00:1::")!))
    #expect(network.isAssignable(IPAddress("fd00:1::ffff:ffff:ffff:ffff")!))
    #expect(!network.isAssignable(IPAddress("10.0.1.1")!))
    #expect(network.host(0x20).description == "fd00:1::20")
    let all = IPNetwork(containing: IPAddress("::")!, prefixLength: 0)
    #expect(all.overlaps(network) && !all.isAssignable(IPAddress("ff02::1")!))
  }

  @Test func aNetworkKnowsItsHosts() {
    let network = IPNetwork(containing: IPAddress("10.0.1.77")!, prefixLength: 24)
    #expect(network.description == "10.0.1.0/24")
    #expect(network.isAssignable(IPAddress("10.0.1.1")!))
    #expect(!network.isAssignable(IPAddress("10.0.1.0")!))
    #expect(!network.isAssignable(IPAddress("10.0.1.255")!))
    #expect(!network.isAssignable(IPAddress("10.0.2.1")!))
    #expect(network.host(20).description == "10.0.1.20")
    #expect(network.overlaps(IPNetwork(containing: network.address, prefixLength: 16)))
    #expect(!network.overlaps(IPNetwork(containing: IPAddress("10.0.2.0")!, prefixLength: 24)))
  }

  @Test func everyAddressOfAPointToPointNetworkIsAHost() {
    let network = IPNetwork(containing: IPAddress("10.0.1.0")!, prefixLength: 31)
    #expect(network.isAssignable(IPAddress("10.0.1.0")!))
    #expect(network.isAssignable(IPAddress("10.0.1.1")!))
  }

  @Test(arguments: ["02:00:00:00:00", "02:00:00:00:00:0g", "02-00-00-00-00-01", "002:0:0:0:0:1"])
  func malformedMACAddressesAreRefused(text: String) {
    #expect(MACAddress(text) == nil)
  }

  @Test func madeMACAddressesAreLocalUnicastAndDistinct() {
    let addresses = (0..<UInt8(4)).flatMap { group in
      (1...UInt16(300)).map { MACAddress.local(group: group, member: $0) }
    }
    #expect(Set(addresses).count == addresses.count)
    #expect(addresses.allSatisfy { !$0.isGroup && $0.description.hasPrefix("02:") })
  }
}
