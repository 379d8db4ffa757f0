import Measurement
import Packets
import Testing
import TopologyModel

@testable import NodeAgent

@Suite struct ArrivalRunsTests {
  private func runs(
    _ kind: ProbeKind, _ arrivals: [(sequence: UInt32, at: Int64)], isHeld: Bool = false
  ) -> [ArrivalRun] {
    var runs = ArrivalRuns(
      NodeEngine.Settings(
        probe: ProbeSettings(kind: kind, every: .milliseconds(100), port: 80),
        session: StampSession(run: 1), segmentDelay: .zero, seat: 0, servers: [], nodes: 2))
    var buffer = ObservationBuffer()
    for (sequence, milliseconds) in arrivals {
      runs.record(
        sequence, of: StreamID(prober: 1), isHeld: isHeld, destination: .broadcast,
        at: Timestamp(nanoseconds: milliseconds * 1_000_000), into: &buffer)
    }
    runs.flush(into: &buffer)
    return buffer.observations.compactMap { if case .arrivals(let run) = $0 { run } else { nil } }
  }

  /// Probe 3 comes again after a second, 4 after 1.05 s; the numbers go round.
  private let resent: [(UInt32, Int64)] =
    (3..<13).map { ($0, Int64($0) * 100) } + [(3, 1_300), (13, 1_301), (4, 1_450), (14, 1_451)]

  @Test func aSYNThatIsSentAgainCountsOnce() {
    #expect(runs(.tcp, resent).map(\.sequences.count).reduce(0, +) == 12)
    #expect(runs(.tcp, resent).count == 1)
    // Where the VIP is held, it is what is answered.
    #expect(runs(.tcp, resent, isHeld: true).map(\.sequences.count).reduce(0, +) == 14)
  }

  @Test func probesThatComeInAnotherOrderCount() {
    let swapped: [(UInt32, Int64)] = [(3, 300), (5, 500), (4, 501), (6, 600)]
    #expect(runs(.http, swapped).map(\.sequences.count).reduce(0, +) == 4)
    #expect(runs(.stamp, resent).map(\.sequences.count).reduce(0, +) == 14)
  }
}
