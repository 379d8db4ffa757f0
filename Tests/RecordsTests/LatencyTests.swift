import Measurement
import Packets
import Records
import Testing

@Suite struct LatencyTests {
  private func roundTrip(_ time: TimeSpan, dwell: TimeSpan = .zero) -> RoundTrip {
    let sent = Timestamp(nanoseconds: 1_000_000_000)
    let there = sent + time / 2
    return RoundTrip(
      sent: sent, reflectorReceived: there, reflectorSent: there + dwell,
      received: sent + time + dwell)
  }

  private func recorder(_ times: [TimeSpan]) -> LatencyRecorder {
    var recorder = LatencyRecorder()
    for (sequence, time) in times.enumerated() {
      recorder.recordSent()
      recorder.record(roundTrip(time), sequence: UInt32(sequence))
    }
    return recorder
  }

  private func summarise(_ recorders: [LatencyRecorder]) -> LatencyResult? {
    LatencyResult(
      recorders.enumerated().map { ($0.offset + 1, $0.element) }, from: "client", to: "alpha",
      interval: .milliseconds(1))
  }

  @Test func theTimeAtTheReflectorIsTakenOut() {
    let measured = roundTrip(.microseconds(300), dwell: .milliseconds(7))
    #expect(measured.time == .microseconds(300))
    #expect(measured.forward == .microseconds(150))
    #expect(measured.backward == .microseconds(150))
  }

  /// What `ping` prints for replies after 1, 2, 3 and 4 ms: 1.000/2.500/4.000/1.118 ms.
  @Test func minAvgMaxAndMdevAreThoseOfPing() throws {
    let result = try #require(summarise([recorder((1...4).map { .milliseconds($0) })]))
    #expect(result.min == .milliseconds(1))
    #expect(result.avg == .microseconds(2_500))
    #expect(result.max == .milliseconds(4))
    #expect(result.mdev.nanoseconds / 1_000 == 1_118)
  }

  @Test func percentilesAreExactToThreeDigits() throws {
    let result = try #require(summarise([recorder((1...1_000).map { .microseconds($0) })]))
    for (percentile, exact) in [
      (result.p50, 500.0), (result.p90, 900), (result.p99, 990), (result.p999, 999),
    ] {
      #expect(abs(Double(percentile.nanoseconds) / 1_000 / exact - 1) <= 0.001)
    }
    let last = try #require(result.distribution.last)
    #expect(last == CumulativeCount(value: .milliseconds(1), count: 1_000))
    #expect(result.distribution.count <= 200)
    #expect(result.distribution.map(\.count) == result.distribution.map(\.count).sorted())
  }

  @Test func roundsAreCountedTogetherAndApart() throws {
    let slow = recorder(Array(repeating: .milliseconds(3), count: 10))
    let fast = recorder(Array(repeating: .milliseconds(1), count: 30))
    let result = try #require(summarise([slow, fast]))
    #expect(result.samples == 40)
    #expect(result.avg == .microseconds(1_500))
    #expect(result.rounds.map(\.samples) == [10, 30])
    #expect(result.rounds.map(\.round) == [1, 2])
  }

  /// RFC 4737: a packet is reordered when one with a higher number came before it.
  @Test func lostReorderedAndDuplicatedProbesAreCounted() {
    var recorder = LatencyRecorder()
    for _ in 0..<6 { recorder.recordSent() }
    for sequence: UInt32 in [0, 2, 1, 4, 3] {
      recorder.record(roundTrip(.milliseconds(1)), sequence: sequence)
    }
    recorder.recordDuplicate()
    #expect(recorder.lost == 1)
    #expect(recorder.reordered == 2)
    #expect(recorder.duplicates == 1)
  }

  @Test func withoutAnAnswerThereIsNoResult() {
    var silent = LatencyRecorder()
    silent.recordSent()
    #expect(summarise([silent]) == nil)
    #expect(summarise([]) == nil)
  }

  @Test func aClockThatIsBehindMakesNoNegativeTime() {
    var spans = SpanRecorder()
    spans.record(.zero - .milliseconds(1))
    #expect(spans.min == .zero && spans.max == .zero && spans.average == .zero)
  }
}
