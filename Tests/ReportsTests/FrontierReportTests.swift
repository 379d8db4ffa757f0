import Foundation
import Measurement
import Packets
import Records
import Reports
import Testing
import TopologyModel

@Suite struct FrontierReportTests {
  private func cell(
    _ method: FailoverMethodName, _ every: Int64, _ impairment: String = "none",
    measured: Int, simulated: Int? = nil, void: Int = 0, crashes: Int = 3
  ) -> FrontierCell {
    var cell = FrontierCell(
      method: method, interval: .milliseconds(every), detectionLimit: .milliseconds(4 * every),
      impairment: Impairment(impairment)!)
    let detections = [3, 3, 4].map { $0 * TimeSpan.milliseconds(every) }
    cell.measured = FrontierFigures(
      crashes: crashes, void: void, detections: detections,
      lossOfConnectivity: Distribution([.milliseconds(4 * every)]),
      falseTakeovers: EventRate(measured, in: 36.0 / 3_600))
    cell.simulated = simulated.map {
      FrontierFigures(
        crashes: 3, detections: detections, falseTakeovers: EventRate($0, in: 100))
    }
    return cell
  }

  private func record(_ cells: [FrontierCell], isInterrupted: Bool = false) -> FrontierRecord {
    FrontierRecord(
      tool: "vipjuggler 1", topology: "<two>", path: "native",
      kernel: KernelDescription(release: "6.1", kind: .uml), seed: 7, cells: cells,
      isInterrupted: isInterrupted)
  }

  private func text(_ cells: [FrontierCell]) -> String {
    FrontierReport(record(cells)).text()
  }

  @Test func theShortestIntervalWithoutAFalseTakeoverIsNamed() {
    let text = text([
      cell(.heartbeat, 10, measured: 0, simulated: 0),
      cell(.heartbeat, 30, measured: 0, simulated: 0),
      cell(.heartbeat, 10, "loss 1%", measured: 0, simulated: 40),
      cell(.heartbeat, 30, "loss 1%", measured: 0, simulated: 0),
      cell(.vrrp, 10, measured: 1), cell(.vrrp, 30, measured: 0), cell(.vrrp, 100, measured: 0),
    ])
    #expect(
      text.contains(
        "heartbeat: every 30ms is the shortest interval without a false takeover, and a crash was noticed "
          + "after 90.0 ms; measured 72.0 s rule out more than 184 an hour, simulated 200 h rule out more than "
          + "0.018 an hour."), "\(text)")
    #expect(text.contains("vrrp: every 30ms is the shortest"), "\(text)")
    #expect(text.contains("measured 36.0 s rule out more than 369 an hour."), "\(text)")
  }

  @Test func whereThereIsNoneTheWorstOfTheSlowestIsNamed() {
    let text = text([
      cell(.vrrp, 10, measured: 3), cell(.vrrp, 1_000, measured: 0),
      cell(.vrrp, 1_000, "freeze 5s every 10s", measured: 2),
    ])
    #expect(
      text.contains(
        "vrrp: no interval was without a false takeover: even every 1s there were 200 an hour under "
          + "`freeze 5s every 10s`."), "\(text)")
  }

  @Test func aRowSaysWhatWasMeasuredAndWhatWasSimulated() {
    var skipped = cell(.vrrp, 15, measured: 0)
    (skipped.measured, skipped.skipped) = (nil, "15ms is no interval")
    let text = text([cell(.heartbeat, 10, "loss 1%", measured: 2, simulated: 40), skipped])
    let rows = text.split(separator: "\n").map { line in
      line.components(separatedBy: "   ").map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty }
    }
    #expect(
      rows.contains([
        "heartbeat every 10ms, loss 1%", "30.0 ms", "40.0 ms", "-", "2 in 36.0 s",
        "200 (24.2-722)", "30.0 ms", "40 in 100 h", "0.40 (0.29-0.54)",
      ]), "\(text)")
    #expect(text.contains("vrrp every 15ms: skipped: 15ms is no interval"), "\(text)")
  }

  @Test func crashesThatNobodyNoticedAreSaid() {
    #expect(
      text([cell(.vrrp, 10, measured: 0, crashes: 5)]).contains(
        "vrrp every 10ms: 2 of 5 crashes ended before anybody had noticed"))
  }

  @Test func whatTheMachineSpoiltIsSaid() {
    #expect(
      text([cell(.vrrp, 10, measured: 0, void: 1)]).contains(
        "vrrp every 10ms: 1 transition was void: the machine"))
  }

  @Test func thePageHasAPointAnIntervalAndNoMarkupOfOthers() throws {
    let cells = [
      cell(.heartbeat, 10, measured: 0, simulated: 40),
      cell(.heartbeat, 100, measured: 0, simulated: 0),
      cell(.vrrp, 100, measured: 1),
    ]
    let page = FrontierReport(record(cells, isInterrupted: true)).page()
    #expect(page.contains("<svg") && page.contains(">10ms</text>") && page.contains(">none</text>"))
    #expect(page.components(separatedBy: "<rect class=\"fill s").count == 4)
    #expect(page.contains("&lt;two&gt;") && !page.contains("<two>"))
    #expect(page.contains("ended before all was measured"))
  }

  @Test func whatWasSavedIsWhatWasFound() throws {
    let cells = [cell(.heartbeat, 10, "jitter 20ms", measured: 2, simulated: 40)]
    let data = try JSONReport.encode(record(cells))
    let again = try JSONDecoder().decode(FrontierRecord.self, from: data)
    #expect(try JSONReport.encode(again) == data)
    #expect(again.cells[0].impairment == Impairment("jitter 20ms"))
  }
}
