import Packets
import Records
import Reports
import Testing

@Suite struct LiveViewTests {
  private let plain = TextStyle(width: 80, isColoured: false)

  private func view(nodes: Int = 2) -> LiveView {
    var view = LiveView()
    view.progress = LiveView.Progress(
      share: 0.5, left: .milliseconds(41_200), step: "round 2 of 5, failover: vxlan")
    view.transition = "VIP: alpha -> bravo"
    view.lastVerdict = "native, bravo -> alpha: good"
    for number in 0..<nodes {
      for cell in [LiveView.Cell.answered, .answered, .lost, .misdirected, .none, .answered] {
        view.record(cell, of: "node\(number)")
      }
    }
    return view
  }

  @Test func itShowsHowFarTheRunIsAndWhatBecameOfTheProbes() {
    let lines = view().lines(plain)
    #expect(
      lines[0]
        == "[########--------] 50 %, about 42 s left; round 2 of 5, failover: vxlan")
    #expect(lines[1] == "VIP: alpha -> bravo")
    #expect(lines[2] == "  node0  ..x> .")
    #expect(lines.last == "last: native, bravo -> alpha: good")
  }

  @Test(arguments: [20, 33, 79])
  func noLineIsWiderThanTheTerminal(width: Int) {
    var view = view()
    for _ in 0..<500 { view.record(.answered, of: "node1") }
    for line in view.lines(TextStyle(width: width, isColoured: false)) {
      #expect(line.count < width, "\(line)")
    }
  }

  @Test func ofManyNodesTheFirstAreShown() {
    let lines = view(nodes: 32).lines(plain)
    #expect(lines.count < 16)
    #expect(lines.contains("  and 24 nodes more"))
  }

  @Test func coloursAreLeftOutWhereTheyAreNotWanted() {
    #expect(!view().lines(plain).joined().contains("\u{1b}"))
    #expect(
      view().lines(TextStyle(width: 80, isColoured: true)).joined().contains("\u{1b}[31mx"))
  }
}
