import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing
import TopologyModel

extension EndToEnd {
  /// How fast daemons may watch each other.
  @Suite(.besideOthers) struct FrontierTests {
    private func run(_ arguments: String...) throws -> Program.Outcome {
      try Program.run(["frontier", Program.topology("two-node")] + arguments)
    }

    /// A holder that stands still for 400 ms is dead for who waits 160 ms, and not for who waits 1.6 s.
    @Test func whoIsWellAndStandsStillIsTakenForDeadByTheHasty() throws {
      let (json, html) = (try temporaryFile("frontier.json"), try temporaryFile("frontier.html"))
      let outcome = try run(
        "--interval", "50ms,500ms", "--method", "heartbeat", "--impair", "freeze 400ms every 2s",
        "--crashes", "1", "--calm", "4s", "--simulate", "10000", "--json", json, "--html", html)
      #expect(outcome.code == 0, "\(outcome.error)")
      let progress = "2 of 2: heartbeat every 500ms, freeze 400ms every 2s; about "
      #expect(outcome.error.contains(progress), "\(outcome.error)")
      #expect(
        outcome.output.contains(
          "heartbeat: every 500ms is the shortest interval without a false takeover"),
        "\(outcome.output)")
      try expectSchema(json, "frontier-1")
      let record = try JSONDecoder().decode(
        FrontierRecord.self, from: Data(contentsOf: URL(fileURLWithPath: json)))
      #expect(record.cells.map(\.interval) == [.milliseconds(50), .milliseconds(500)])
      let (hasty, slow) = (record.cells[0], record.cells[1])
      // Two in four seconds; what the machine spoilt counts for nothing.
      let measured = try #require(hasty.measured)
      #expect(measured.falseTakeovers.count + measured.void >= 2, "\(outcome.output)")
      #expect(try #require(slow.measured).falseTakeovers.count == 0)
      for cell in record.cells {
        let simulated = try #require(cell.simulated?.detection)
        let limits = (cell.detectionLimit - 2 * cell.interval)...(cell.detectionLimit)
        #expect(limits.contains(simulated.min) && limits.contains(simulated.max))
        guard let detection = cell.measured?.detection else { continue }
        #expect(limits.lowerBound <= detection.min)
        #expect(detection.max < limits.upperBound + .milliseconds(100), "\(detection)")
      }
      #expect(hasty.simulated?.falseTakeovers.count == 250)
      #expect(slow.simulated?.falseTakeovers.count == 0)
      #expect(try String(contentsOfFile: html, encoding: .utf8).contains("<svg"))
    }

    @Test(arguments: [
      (["--method", "juggle"], Int32(64), "nobody watches with juggle"),
      (["--interval", "10"], 64, "'10' is invalid"), (["--interval", "10ms,"], 64, "is invalid"),
      (["--impair", "loss 100%"], 64, "--impair: found `loss 100%`, needs `loss 1%`"),
      (["--interval", "1us"], 64, "--interval: found 1us, needs 1ms to 60s"),
      (["--calm", "1ms"], 64, "--calm: found 1ms, needs 1s to 24h"),
      (["--crashes", "0"], 64, "--crashes: found 0"),
      (["--path", "nativ"], 64, "did you mean `native`"),
      (["--json", "/nowhere/f.json"], 1, "/nowhere/f.json: cannot be written: "),
      (
        ["--method", "vrrp", "--interval", "15ms"], 69,
        "15ms is no interval of VRRP, which counts centiseconds; take 10ms to 40.95s"
      ),
    ])
    func whatCannotBeTriedIsRefused(arguments: [String], code: Int32, text: String) throws {
      let outcome = try Program.run(["frontier", Program.topology("two-node")] + arguments)
      #expect(outcome.code == code, "\(outcome)")
      #expect(outcome.error.contains(text), "\(outcome.error)")
      #expect(outcome.output.isEmpty)
    }
  }
}
