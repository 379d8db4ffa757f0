import Packets
import RunControl
import Testing
import TopologyModel

@Suite struct MisdirectedRunsTests {
  private struct Told: Equatable {
    var server: NodeID
    var prober: NodeID
    var count: Int
    var isOver: Bool
  }

  private func instant(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func aRunIsToldAsItBeginsGoesOnAndEnds() {
    var runs = MisdirectedRuns(quiet: .milliseconds(250))
    var told: [Told] = []
    func sweep(_ now: Int64) {
      runs.sweep(at: instant(now)) { run, pair, isOver in
        told.append(
          Told(server: pair.server, prober: pair.prober, count: run.count, isOver: isOver))
      }
    }
    runs.record(at: 2, from: 1, first: instant(0), last: instant(9), count: 10)
    sweep(100)
    #expect(told == [Told(server: 2, prober: 1, count: 10, isOver: false)])
    sweep(200)
    #expect(told.count == 1)
    runs.record(at: 2, from: 1, first: instant(1_050), last: instant(1_050), count: 1)
    sweep(1_100)
    #expect(told.last == Told(server: 2, prober: 1, count: 11, isOver: false))
    sweep(1_400)
    #expect(told.last == Told(server: 2, prober: 1, count: 11, isOver: true))
    sweep(2_400)
    #expect(told.count == 3)
  }
}
