import Foundation
import Measurement
import Packets
import Records
import Reports
import Testing
import TopologyModel

@Suite struct PageTests {
  private func page(_ run: RunRecord) -> String { HTMLReport(Exhibit(run)).render() }

  @Test func thePageIsSelfContained() {
    let page = page(Runs.pair)
    for foreign in ["http:", "https:", "<script", "<link", "<img", "url(", "@import"] {
      #expect(!page.contains(foreign), "\(foreign)")
    }
  }

  @Test func namesAreTextAndNoMarkup() {
    let run = Runs.run(
      [Runs.path("<script>alert(1)</script>", kind: .native, losses: [3])],
      topology: "\"><img src=x>")
    let page = page(run)
    #expect(!page.contains("<script") && !page.contains("<img"))
    #expect(page.contains("&lt;script&gt;"))
  }

  @Test func stuckTransitionsComeFirstWithTheirEvidence() throws {
    let run = Runs.run([
      Runs.path("native", losses: [0, 2, 0]), Runs.path("vxlan", losses: [90], stuck: true),
    ])
    let page = page(run)
    let stuck = try #require(page.range(of: "vxlan #0: alpha to bravo"))
    let good = try #require(page.range(of: "native #1: alpha to bravo"))
    #expect(stuck.lowerBound < good.lowerBound)
    #expect(page.contains("neighbour &lt;10.0.1.200&gt; stale"))
  }

  @Test func everyTransitionHasItsStrip() {
    let run = Runs.run([Runs.path("native", losses: Array(repeating: 1, count: 50))])
    let page = page(run)
    for index in 0..<50 { #expect(page.contains("native #\(index): ")) }
    #expect(page.contains("<summary>38 more</summary>"))
  }

  @Test func aRunWithoutTransitionsIsAPageToo() {
    #expect(page(Runs.run([])).contains("No transition was measured."))
  }

  @Test func openMetricsEscapesItsLabels() {
    let run = Runs.run([Runs.path("native", losses: [3])], topology: "a\"b\\c\nd")
    let text = OpenMetricsReport(run).render()
    #expect(text.contains(#"topology="a\"b\\c\nd""#), "\(text)")
    #expect(text.hasSuffix("\n# EOF\n"))
  }
}
