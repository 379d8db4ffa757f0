import Foundation
import Measurement
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// What the machine spoils is said, counts for nothing and is made up for.
  @Suite struct VoidTests {
    @Test func aProgramThatStoodStillSaysSoAndMeasuresAgain() throws {
      let json = try temporaryFile("run.json")
      let program = try Program([
        "compare", Program.topology("two-node"), "--path", "native", "--kernel", "host",
        "--handovers", "3", "--no-latency", "--no-bandwidth", "--json", json,
      ])
      #expect(waitUntil(20) { program.errorOutput.contains("native 0/3") })
      // In the midst of a turn, when the first is over: none begins later than 1.5 s after the start.
      let began = Date()
      #expect(waitUntil(10) { Date().timeIntervalSince(began) > 1.6 && isInMidTurn })
      program.signal(SIGSTOP)
      let stopped = Date()
      #expect(waitUntil(5) { Date().timeIntervalSince(stopped) > 0.2 })
      program.signal(SIGCONT)
      let outcome = try program.finish()
      #expect(outcome.code == 0 || outcome.isSpoilt)
      #expect(outcome.error.contains("the machine held the program up for"), "\(outcome.error)")
      let run = try savedRun(json)
      let transitions = run.paths[0].transitions
      let void = transitions.filter { $0.verdict == .void }
      #expect(!void.isEmpty && transitions.count > 3)
      #expect(void.allSatisfy { $0.probers.allSatisfy { $0.cause == nil } })
      #expect(transitions.count - void.count >= 3 || void.count >= 3)
      #expect(outcome.output.contains(" void and count"))
    }

    @Test func aRunThatTheMachineSpoiltIsNoGoodOne() throws {
      let json = try temporaryFile("run.json")
      let program = try Program([
        "compare", Program.topology("two-node"), "--path", "native", "--kernel", "host",
        "--handovers", "2", "--every", "1s", "--quiet", "--no-latency", "--no-bandwidth", "--json",
        json,
      ])
      // Each of its turns meets three of them.
      let isOver = waitUntil(60) {
        program.signal(SIGSTOP)
        let isGone = waitUntil(0.15) { !program.process.isRunning }
        program.signal(SIGCONT)
        return isGone || waitUntil(0.15) { !program.process.isRunning }
      }
      #expect(isOver)
      let outcome = try program.finish()
      #expect(outcome.isSpoilt, "\(outcome)")
      #expect(outcome.error.contains("0 of 2 on `native`: "), "\(outcome)")
      #expect(outcome.error.contains("a longer --probe than 1ms"), "\(outcome)")
      // What there is stands all the same.
      let run = try savedRun(json)
      let summary = run.paths[0].summary
      #expect(summary.void >= 2 && summary.void == summary.transitions)
    }

    /// Turns begin at whole seconds.
    private var isInMidTurn: Bool {
      let fraction = Date().timeIntervalSince1970.truncatingRemainder(dividingBy: 1)
      return (0.4..<0.6).contains(fraction)
    }
  }
}
