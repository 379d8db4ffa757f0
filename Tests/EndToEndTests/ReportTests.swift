import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// What is written of one run, in every form, each looked at by the program it is meant for.
  @Suite(.besideOthers, .serialized) struct ReportTests {
    /// A run with everything in it, made once.
    fileprivate struct Files {
      let json: String
      let html: String
      let prometheus: String
      let markdown: String
      let outcome: Program.Outcome

      init() throws {
        let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
        let topology = try temporaryFile(
          "gap.yaml", text.replacingOccurrences(of: "every: 1s,", with: "every: 1s, gap: 30ms,"))
        json = try temporaryFile("run.json")
        html = try temporaryFile("run.html")
        prometheus = try temporaryFile("run.prom")
        markdown = try temporaryFile("run.md")
        outcome = try Program.run(
          "compare", topology, "--handovers", "5", "--every", "500ms", "--latency-samples", "200",
          "--kernel", "host", "--udp", "10mbit", "--json", json, "--html", html, "--prometheus",
          prometheus,
          "--markdown", markdown, "--quiet")
      }
    }

    fileprivate static let files = Result { try Files() }

    private func files() throws -> Files { try ReportTests.files.get() }

    @Test func aRunIsMeasuredAndEveryFileWritten() throws {
      let files = try files()
      #expect(files.outcome.code == 0, "\(files.outcome.error)")
      for figure in [
        "loss of connectivity, median", "round trip, median", "TCP, client to alpha",
        "UDP, asked for",
        "found by probing", "ratio to native",
      ] { #expect(files.outcome.output.contains(figure), "\(figure)\n\(files.outcome.output)") }
      #expect(try String(contentsOfFile: files.markdown, encoding: .utf8).contains("| **Latency"))
    }

    @Test func theJSONIsWhatItsSchemaSays() throws {
      try expectSchema(files().json)
      let text = try String(contentsOfFile: files().json, encoding: .utf8)
      let wrong = try temporaryFile(
        "wrong.json", text.replacingOccurrences(of: "\"mtu\"", with: "\"mtoo\""))
      let verdict = try schemaVerdict(of: wrong)
      #expect(verdict.code == 1 && verdict.output.contains("'mtu' is a required property"))
    }

    private static let promtool =
      Program.root.appendingPathComponent(".build/tools/usr/bin/promtool").path

    @Test(.enabled(if: FileManager.default.fileExists(atPath: promtool)))
    func prometheusTakesTheMetrics() throws {
      let verdict = try outcome(
        of: "sh", "-c", "\"$1\" check metrics < \"$2\"", "sh", ReportTests.promtool,
        files().prometheus)
      #expect(verdict.code == 0, "\(verdict.output)")
      #expect(verdict.output.isEmpty)
    }

    @Test func aSavedRunIsShownAgainAsItWas() throws {
      let files = try files()
      let html = try temporaryFile("again.html")
      let again = try Program.run("report", files.json, "--html", html)
      #expect(again.code == 0)
      #expect(again.output == files.outcome.output)
      #expect(
        FileManager.default.contents(atPath: html)
          == FileManager.default.contents(atPath: files.html))
    }

    @Test func severalRunsAreShownSideBySide() throws {
      let file = try files().json
      let outcome = try Program.run("report", file, file)
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("native (1)") && outcome.output.contains("vxlan (2)"))
      #expect(try Program.run("report", file, file, "--prometheus", "x.prom").code == 64)
    }

    @Test func aDamagedFileIsRefusedWithWhereAndWhy() throws {
      let text = try String(contentsOfFile: files().json, encoding: .utf8)
      let cut = try temporaryFile("cut.json", String(text.prefix(text.count / 2)))
      let foreign = try temporaryFile("foreign.json", "{\"schema\": \"iperf/3\"}")
      for (file, reason) in [
        (cut, "not JSON: Unexpected end of file"), (foreign, "schema: found `iperf/3`"),
        ("/nowhere.json", "cannot be read: No such file"),
      ] {
        let outcome = try Program.run("report", file)
        #expect(outcome.code == 65)
        #expect(outcome.output.isEmpty)
        #expect(outcome.error.contains("\(file): \(reason)"), "\(outcome.error)")
      }
    }

    /// A file system of 32 KiB: the old page stays, nothing half-written is left.
    @Test func aFullDiskIsSaidAndLeavesTheOldFile() throws {
      let folder = try temporaryFile("full")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let script =
        "mount -t tmpfs -o size=32k none \"$0\" && echo old > \"$0/run.html\" || exit 99; \"$@\"; "
        + "code=$?; ls \"$0\" >&2; cat \"$0/run.html\" >&2; exit $code"
      let outcome = try Program.run(
        ["report", try files().json, "--html", folder + "/run.html"],
        wrapper: ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, folder])
      #expect(outcome.code == 1)
      #expect(outcome.output.contains("loss of connectivity, median"))
      #expect(
        outcome.error
          == "vipjuggler: \(folder)/run.html: cannot be written: No space left on device\n"
          + "run.html\nold\n")
    }
  }

  /// The run that the README shows.
  @Suite(.besideOthers) struct KeptRunTests {
    @Test func theReadmeSaysWhatItSays() throws {
      let root = Program.root
      let shown = try Program.run(
        "report", root.appendingPathComponent("docs/hetzner-vswitch.json").path)
      #expect(shown.code == 0)
      let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
      for row in ["stuck  ", "longest  ", "round trip, median", "TCP, client to alpha", "MTU  "] {
        let line = try #require(
          shown.output.split(separator: "\n").first { $0.drop { $0 == " " }.hasPrefix(row) })
        #expect(readme.contains("\n\(line)\n"), "\(line)")
      }
    }

    /// In place of the table.
    @Test func aReportGoesToStandardOutputByItsDash() throws {
      let run = Program.root.appendingPathComponent("docs/hetzner-vswitch.json").path
      let file = try temporaryFile("run.md")
      #expect(try Program.run("report", run, "--markdown", file).code == 0)
      let shown = try Program.run("report", run, "--markdown", "-")
      #expect(shown.code == 0)
      #expect(shown.output == (try String(contentsOfFile: file, encoding: .utf8)))
      let live = try Program.run("juggle", Program.topology("two-node"), "--json", "-")
      #expect(live.code == 64)
      #expect(live.error.contains("standard output has the live lines already"))
    }
  }

  /// The page in a real browser.
  @Suite(.besideOthers, .serialized) struct BrowserTests {
    private static let browser = "/usr/bin/chromium-headless-shell"

    /// Measures the page from inside and says so in its title.
    private let inspection = """
      <script>
      const off = [...document.querySelectorAll('svg text')].filter(text => {
        const inner = text.getBoundingClientRect(), outer = text.ownerSVGElement.getBoundingClientRect();
        return outer.width > 0 && (inner.width == 0 || inner.left < outer.left - 1
          || inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1);
      }).map(text => text.textContent);
      const root = document.documentElement;
      document.title = JSON.stringify({
        overflow: root.scrollWidth - root.clientWidth, off, height: root.scrollHeight,
        charts: document.querySelectorAll('svg').length});
      </script>
      """

    private struct Inspection: Decodable {
      let overflow: Int
      let off: [String]
      let height: Int
      let charts: Int
    }

    @Test(arguments: [390, 1280])
    func nothingOverflowsAndNoTextIsMissing(width: Int) throws {
      let json = try ReportTests.files.get().json
      let html = try temporaryFile("run.html")
      #expect(try Program.run("report", json, json, "--html", html).code == 0)

      let page = try String(contentsOfFile: html, encoding: .utf8)
      let inspected = try temporaryFile(
        "inspected.html", page.replacingOccurrences(of: "</body>", with: inspection + "</body>"))
      let dom = try browse(inspected, width: width, "--dump-dom")
      #expect(!dom.output.contains("CONSOLE"), "\(dom.output.prefix(2_000))")
      let title = try #require(
        dom.output.components(separatedBy: "<title>").dropFirst().first?
          .components(separatedBy: "</title>").first)
      let seen = try JSONDecoder().decode(Inspection.self, from: Data(title.utf8))
      #expect(seen.overflow == 0)
      #expect(seen.off == [])
      #expect(seen.charts > 10 && seen.height > 1_000)

      let picture = try temporaryFile("page.png")
      _ = try browse(html, width: width, "--screenshot=\(picture)")
      let png = try Data(contentsOf: URL(fileURLWithPath: picture))
      #expect(png.prefix(4).elementsEqual([0x89, 0x50, 0x4e, 0x47]))
      let pictured = png[16..<20].reduce(0) { $0 << 8 | Int($1) }
      #expect(pictured == width)
      #expect(png.count > 20_000)
    }

    private func browse(
      _ file: String, width: Int, _ option: String
    ) throws -> (output: String, code: Int32) {
      let profile = try temporaryFile("profile")
      return try outcome(
        of: BrowserTests.browser, "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
        "--enable-logging=stderr", "--user-data-dir=\(profile)", "--window-size=\(width),2000",
        "--virtual-time-budget=2000", option, "file://" + file)
    }
  }
}
