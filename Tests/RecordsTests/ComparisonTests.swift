import Measurement
import Packets
import Records
import Testing
import TopologyModel

@Suite struct ComparisonTests {
  private func path(_ name: String, gigabits: [Double?]) -> PathRecord {
    var path = PathRecord(
      name: name, kind: RecordedKind(rawValue: name) ?? .native, method: .juggle, mtu: 1500,
      udpChecksum: nil, skipped: nil,
      transitions: [])
    let rounds = gigabits.enumerated().map { number, value in
      var round = BandwidthRound(round: number + 1)
      round.forward = value.map { TransferResult(bitsPerSecond: $0 * 1e9, retransmits: 2) }
      return round
    }
    path.bandwidth = BandwidthResult(
      tool: "iperf 3.12", from: "client", to: "alpha", streams: 1, duration: .seconds(1),
      datagramRate: nil, rounds: rounds)
    return path
  }

  private func compared(_ paths: [PathRecord]) -> [PathRecord] {
    RunRecord(
      tool: "vipjuggler", topology: "pair",
      kernel: KernelDescription(release: "6.1", kind: .host), seed: 1,
      probeInterval: .milliseconds(1), paths: paths
    ).paths
  }

  @Test func bandwidthIsComparedRoundByRound() throws {
    let paths = compared([
      path("native", gigabits: [10, 20, 40, 30, 50]), path("vxlan", gigabits: [5, 10, 20, 15, 25]),
    ])
    let native = try #require(paths[0].bandwidth)
    #expect(native.bitsPerSecond == 30e9)
    #expect(native.bitsPerSecondInterval == ConfidenceInterval(low: 10e9, high: 50e9))
    #expect(native.vsNative == nil)
    #expect(native.retransmits == 10)
    let vxlan = try #require(paths[1].bandwidth)
    #expect(vxlan.vsNative == 0.5)
    #expect(vxlan.vsNativeInterval == ConfidenceInterval(low: 0.5, high: 0.5))
  }

  @Test func aRoundThatFailedOnOneSideIsNoPair() throws {
    let paths = compared([
      path("native", gigabits: [10, nil, 40, 30, 50]),
      path("vxlan", gigabits: [5, 10, 20, 15, 25]),
    ])
    let vxlan = try #require(paths[1].bandwidth)
    #expect(vxlan.vsNative == 0.5)
    #expect(vxlan.vsNativeInterval == nil)
  }

  @Test func withoutANativePathThereIsNoRatio() throws {
    let paths = compared([path("vxlan", gigabits: [5, 10, 20, 15, 25])])
    #expect(paths[0].bandwidth?.vsNative == nil)
  }
}
