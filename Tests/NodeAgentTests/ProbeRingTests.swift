import Measurement
import Packets
import Testing
import TopologyModel

@testable import NodeAgent

@Suite struct ProbeRingTests {
  private func instant(_ milliseconds: Int64) -> Timestamp {
    Timestamp(nanoseconds: milliseconds * 1_000_000)
  }

  @Test func probesAreDecidedInTheOrderOfSending() {
    var ring = ProbeRing(holding: 10)
    for sent in Int64(0)..<3 { ring.append(sent: instant(sent), isResuming: sent == 0) }
    let isTaken1 = ring.answer(1, at: instant(5), by: 4)
    #expect(isTaken1)
    let early = ring.takeDecided(givenUp: instant(0))
    #expect(early == nil)
    let isTaken2 = ring.answer(0, at: instant(6), by: 3)
    #expect(isTaken2)
    let first = ring.takeDecided(givenUp: instant(0))
    let second = ring.takeDecided(givenUp: instant(0))
    let third = ring.takeDecided(givenUp: instant(0))
    #expect(first?.answered == instant(6))
    #expect(first?.isResuming == true)
    #expect(second?.fate == .answered(by: 4))
    #expect(second?.isResuming == false)
    #expect(third == nil)
    let givenUp = ring.takeDecided(givenUp: instant(3))
    #expect(givenUp?.sent == instant(2))
    #expect(givenUp?.answered == nil && givenUp?.fate == .lost)
    let isEmpty = ring.isEmpty
    #expect(isEmpty)
  }

  @Test func onlyTheFirstAnswerCounts() {
    var ring = ProbeRing(holding: 10)
    ring.append(sent: instant(0), isResuming: false)
    let isTaken3 = ring.answer(0, at: instant(1), by: 1)
    #expect(isTaken3)
    let isTaken4 = ring.answer(0, at: instant(2), by: 2)
    #expect(!isTaken4)
    let isTaken5 = ring.answer(7, at: instant(2), by: 2)
    #expect(!isTaken5)
    let outcome = ring.takeDecided(givenUp: instant(0))
    #expect(outcome?.fate == .answered(by: 1))
    let isTaken6 = ring.answer(0, at: instant(3), by: 1)
    #expect(!isTaken6)
  }

  @Test func sequenceNumbersGoOnAsTheRingIsReused() {
    var ring = ProbeRing(holding: 64)
    for sent in Int64(0)..<1_000 {
      let sequence = ring.next
      ring.append(sent: instant(sent), isResuming: false)
      let isTaken7 = ring.answer(sequence, at: instant(sent), by: 1)
      #expect(isTaken7)
      let outcome = ring.takeDecided(givenUp: instant(0))
      #expect(outcome?.sent == instant(sent))
    }
    let next = ring.next
    #expect(next == 1_000)
  }

  @Test func aRingWithoutRoomSaysSo() {
    var ring = ProbeRing(holding: 64)
    for sent in Int64(0)..<64 { ring.append(sent: instant(sent), isResuming: false) }
    let isFull = ring.isFull
    #expect(isFull)
  }

  @Test func anAnswerThatCameTooLateIsNoneAndSaysWhose() {
    var ring = ProbeRing(holding: 10)
    ring.append(sent: instant(0), isResuming: false)
    let isTaken = ring.answer(0, at: instant(30), by: 4, isLate: true)
    #expect(isTaken)
    let probe = ring.takeDecided(givenUp: instant(0))
    #expect(probe?.fate == .late(by: 4) && probe?.answered == nil)
  }
}
