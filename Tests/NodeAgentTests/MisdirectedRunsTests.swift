import Packets
import Testing

@testable import NodeAgent

@Suite struct MisdirectedRunsTests {
  private struct Told: Equatable {
    var server: Int
    var prober: Int
    var count: Int
    var isOver: Bool
  }

  private func instant(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func aRunIsToldAsItBeginsGoesOnAndEnds() {
    var runs = MisdirectedRuns(ports: 3, quiet: .milliseconds(250))
    var told: [Told] = []
    func sweep(_ now: Int64) {
      runs.sweep(at: instant(now)) { run, server, prober, isOver in
        told.append(Told(server: server, prober: prober, count: run.count, isOver: isOver))
      }
    }
    for sent in Int64(0)..<10 { runs.record(server: 2, prober: 1, at: instant(sent)) }
    sweep(100)
    #expect(told == [Told(server: 2, prober: 1, count: 10, isOver: false)])
    sweep(200)
    #expect(told.count == 1)
    runs.record(server: 2, prober: 1, at: instant(1_050))
    sweep(1_100)
    #expect(told.last == Told(server: 2, prober: 1, count: 11, isOver: false))
    sweep(1_400)
    #expect(told.last == Told(server: 2, prober: 1, count: 11, isOver: true))
    sweep(2_400)
    #expect(told.count == 3)
  }
}
