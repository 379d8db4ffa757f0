import Foundation
import Measurement
import Packets
import Records
import Reports
import Testing
import TopologyModel

@Suite struct TextTests {
  private func text(_ run: RunRecord, width: Int? = nil) -> String {
    ComparisonText(Exhibit(run), style: TextStyle(width: width, isColoured: false)).render()
  }

  @Test func aColumnAPathAndARowAFigure() {
    let text = text(Runs.pair)
    for expected in [
      "loss of connectivity, median", "40 ms", "< 1 ms", "100 us", "130 us", "1.30x (1.28-1.32)",
      "10.0 Gbit/s", "8.00 Gbit/s", "Latency, client to alpha and back", "Bandwidth, iperf 3.12",
      "min/avg/max/mdev",
    ] { #expect(text.contains(expected), "\(expected)\n\(text)") }
  }

  @Test func theSentencesClaimWhatTheIntervalsShow() {
    let text = text(Runs.pair)
    #expect(
      text.contains("Compared with native, a move cuts clients off 40 ms shorter over vxlan"),
      "\(text)")
    #expect(text.contains("TCP from alpha to client carries 0.80x"), "\(text)")
    #expect(text.contains("A round trip takes 1.30x (1.28-1.32) over vxlan"), "\(text)")
    #expect(
      text.contains("TCP from client to alpha carries 0.80x (0.79-0.81) over vxlan"), "\(text)")
  }

  @Test func aDifferenceWithinTheNoiseIsNotClaimed() {
    let noisy = Runs.run([
      Runs.path(
        "native", losses: [0, 30, 2, 25, 5], roundTrips: [100, 130, 90, 120, 105],
        gigabits: [10, 6, 12, 9, 11]),
      Runs.path(
        "vxlan", losses: [4, 0, 28, 2, 31], roundTrips: [120, 100, 110, 95, 125],
        gigabits: [9, 8, 9, 12, 8]),
    ])
    let text = text(noisy)
    #expect(!text.contains("Compared with native"), "\(text)")
    #expect(text.contains("transitions of each do not show that they do"), "\(text)")
    #expect(text.contains("No difference in latency is shown between native and vxlan."))
    #expect(
      text.contains(
        "No difference in bandwidth from client to alpha is shown between native and vxlan."))
  }

  @Test func stuckTransitionsAreSaidAndWhatTheyDoToTheFigure() {
    var run = Runs.run([
      Runs.path("native", losses: [80, 80, 80, 80, 80], stuck: true),
      Runs.path("vxlan", losses: [0, 0, 0, 0, 0]),
    ])
    let ended = text(run)
    #expect(ended.contains("On native 5 of 5 transitions were stuck."), "\(ended)")
    #expect(!ended.contains("None was faster"))
    // What came back before the next turn was not cut short by it.
    #expect(!ended.contains("its loss would have been longer"), "\(ended)")
    run.paths[0].transitions[2].probers[0].firstReply = nil
    #expect(text(run).contains("its loss would have been longer"))
  }

  @Test func whereSomeWereStuckThePathsWithoutAreNamed() {
    let run = Runs.run([
      Runs.path("native", losses: [80], stuck: true), Runs.path("vxlan", losses: [0]),
      Runs.path("geneve", losses: [7]),
    ])
    let text = text(run)
    #expect(
      text.contains("None was stuck on vxlan (longest < 1 ms) and geneve (longest 7 ms)."),
      "\(text)")
  }

  /// A path is compared with the native one of its own segment.
  @Test func whatLiesOnDifferentSegmentsIsNotCompared() {
    var front = [
      Runs.path("native", losses: Array(repeating: 0, count: 20)),
      Runs.path("vxlan", losses: Array(repeating: 0, count: 20)),
    ]
    for index in front.indices { front[index].segment = "front" }
    var back = Runs.path("geneve", losses: Array(repeating: 40, count: 20))
    back.segment = "back"
    let text = text(Runs.run(front + [back]))
    #expect(!text.contains("Compared with native"), "\(text)")
    #expect(
      text.contains("None was faster: the median losses of connectivity of native and vxlan"))
    #expect(text.contains("The median loss of connectivity on geneve is"))
  }

  /// The first native path is what the others are measured by, native ones too.
  @Test func severalNativePathsAreComparedWithTheFirst() {
    let run = Runs.run([
      Runs.path("request", kind: .native, losses: Array(repeating: 0, count: 20)),
      Runs.path("bcast", kind: .native, losses: Array(repeating: 40, count: 20)),
    ])
    let text = text(run)
    #expect(
      text.contains("Compared with request, a move cuts clients off 40 ms longer over bcast"),
      "\(text)")
  }

  @Test func whatIsMissingIsNamedWithItsReason() {
    var paths = Runs.pair.paths
    paths[1].bandwidth = nil
    paths[1].bandwidthMissing = "iperf3 is not installed: `apt-get install iperf3`"
    let text = text(Runs.run(paths))
    #expect(text.contains("not measured"))
    #expect(
      text.contains("vxlan: bandwidth was not measured: iperf3 is not installed: `apt-get"))
  }

  @Test(arguments: [40, 60, 80, 120])
  func aNarrowTerminalGetsTheColumnsInBlocks(width: Int) {
    let text = text(Runs.pair, width: width)
    for line in text.split(separator: "\n") {
      #expect(line.count <= max(width, 60), "\(line)")
    }
    let headings = text.split(separator: "\n").filter { $0.hasPrefix("Failover") }
    #expect(headings.count == (width < 80 ? 2 : 1), "\(text)")
  }

  @Test func severalRunsStandSideBySide() {
    let exhibit = Exhibit([
      Exhibit.Run(title: "monday.json", result: Runs.pair),
      Exhibit.Run(title: "friday.json", result: Runs.pair),
    ])
    let text = ComparisonText(exhibit).render()
    #expect(text.contains(": pair: a probe every 1ms"), "\(text)")
    let order = ["native (1)", "native (2)", "vxlan (1)", "vxlan (2)"]
    let header = text.split(separator: "\n").first { $0.contains("native (1)") } ?? ""
    let places = order.compactMap { header.range(of: $0)?.lowerBound }
    #expect(places.count == 4 && places == places.sorted(), "\(header)")
  }

  @Test func markdownIsATableThatNothingBreaksOutOf() {
    let run = Runs.run([Runs.path("na|tive\n<b>", kind: .native, losses: [1, 2])])
    let lines = MarkdownReport(Exhibit(run)).render().split(separator: "\n")
    let table = lines.filter { $0.hasPrefix("|") }
    #expect(table.count > 8)
    for line in table {
      let bars = line.replacing("\\|", with: "").filter { $0 == "|" }
      #expect(bars.count == 3, "\(line)")
    }
    #expect(table[0].contains("na\\|tive \\<b\\>"), "\(table[0])")
  }

  @Test func figuresOfDifferentNodesAreNotUnderOneHeading() {
    var paths = Runs.pair.paths
    paths[1].latency?.from = "bravo"
    let text = text(Runs.run(paths))
    #expect(text.contains("\nLatency\n"), "\(text)")
    #expect(text.contains("bravo to alpha and back, a probe every 1ms"))
  }

  @Test func aCauseIsSaidOnceWithItsWorstCase() {
    var paths = [Runs.path("native", losses: [80, 90, 0])]
    for index in 0..<2 {
      paths[0].transitions[index].probers[0].cause = .announcementFiltered
      paths[0].transitions[index].probers[0].explanation = "proof \(index)"
    }
    let text = text(Runs.run(paths))
    #expect(
      text.contains("native: announcement-filtered, 2 of 3 transitions; in #1 proof 1"), "\(text)")
    #expect(!text.contains("proof 0"))
  }

  /// What does not count has a reason, and no figure.
  /// As while it was lost.
  @Test func transitionsWithoutAClientAreSaid() {
    var path = Runs.path("native", losses: [1, 2, 3, 4, 5])
    #expect(!text(Runs.run([path])).contains("took part in"))
    for index in path.transitions.indices {
      var other = path.transitions[index].probers[0]
      other.node = "other"
      path.transitions[index].probers.append(other)
    }
    for index in 0..<2 { path.transitions[index].probers.removeFirst() }
    let told = text(Runs.run([path]))
    #expect(told.contains("native: client took part in 3 of the 5 transitions only"), "\(told)")
  }

  @Test func aCalmJuggleSaysALineAnHourAndWhatIsNotWell() {
    var calm = CalmLog(
      JuggleLog(vip: "10.0.1.200", probeInterval: Runs.interval), probeInterval: Runs.interval)
    var lines: [String] = []
    for turn in 0...3_600 {
      let isStuck = turn == 40
      lines += calm.transition(Runs.transition(turn, loss: isStuck ? 90 : 3, stuck: isStuck))
    }
    #expect(lines.count == 2, "\(lines)")
    #expect(lines[0].contains("alpha -> bravo  stuck; loss of connectivity: client 90 ms"))
    #expect(
      lines[1].contains("  3600 transitions since ")
        && lines[1].hasSuffix(
          ", 3599 good, 1 stuck; loss of connectivity median 3 ms, "
            + "longest 90 ms"),
      "\(lines[1])")
    for turn in 3_601...7_200 { lines += calm.transition(Runs.transition(turn, loss: 0)) }
    #expect(lines.count == 3 && lines[2].contains(", all good; "))
  }

  @Test func aVoidTransitionIsSaidWithItsReasonAndCountsForNothing() {
    var paths = [Runs.path("native", losses: [80, 2, 2])]
    paths[0].transitions[0].voidReason = "the machine held the program up for 80 ms"
    let text = text(Runs.run(paths))
    #expect(
      text.contains(
        "native: 1 of 3 transitions is void and counts for nothing; in #0 the machine held the "
          + "program up for 80 ms"), "\(text)")
    #expect(text.contains("loss of connectivity, median     2 ms"), "\(text)")
    let page = HTMLReport(Exhibit(Runs.run(paths))).render()
    #expect(page.contains("void: the machine held the program up for 80 ms"))

    for index in 1..<3 { paths[0].transitions[index].voidReason = "the clock was set by 2s" }
    let all = Runs.run(paths)
    #expect(all.paths[0].summary.lossOfConnectivity == nil && all.paths[0].summary.void == 3)
    #expect(all.paths[0].summary.takeover == nil)
    let log = JuggleLog(vip: "10.0.1.200", probeInterval: Runs.interval)
    #expect(
      log.summary(all.paths[0]) == "All 3 transitions are void: they say nothing of native.")
    #expect(
      log.transition(all.paths[0].transitions[0]).hasSuffix(
        "alpha -> bravo  void: the machine held the program up for 80 ms"))
  }

  /// What daemons do without a fault is nobody's but theirs.
  @Test func whoMovedItUnaskedIsSaid() {
    var path = Runs.path("native", losses: [3])
    path.transitions[0].disturbance = .observed
    for (method, words) in [
      (FailoverMethodName.juggle, "alpha -> bravo, by somebody else  good"),
      (.ocf, "alpha -> bravo, without a fault  good"),
    ] {
      let log = JuggleLog(vip: "10.0.1.200", probeInterval: Runs.interval, method: method)
      let line = log.transition(path.transitions[0])
      #expect(line.contains(words), "\(line)")
    }
  }

  @Test func namesDoNotSteerTheTerminal() {
    let run = Runs.run(
      [Runs.path("na\u{1b}[2J\nme", kind: .native, losses: [1])],
      topology: "\u{1b}]0;x\u{7}\u{202e}y")
    let text = text(run)
    #expect(!text.contains("\u{1b}") && !text.contains("\u{7}") && !text.contains("\u{202e}"))
    let others = [
      HTMLReport(Exhibit(run)).render(), MarkdownReport(Exhibit(run)).render(),
      OpenMetricsReport(run).render(),
    ]
    for other in others {
      #expect(!other.unicodeScalars.contains { "\u{1b}\u{7}\u{202e}".unicodeScalars.contains($0) })
    }
  }
}
