import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing
import TopologyModel

extension EndToEnd {
  /// Runs on machines whose clocks are not the controller's.
  @Suite struct HostClockTests {
    /// The machines are nodes of the lab kernel, whose clock is a second ahead and runs 200 ppm fast.
    @Test(.alone) func clocksThatAreOffAndDriftAreFollowed() throws {
      let lab = try Program(["up", Program.topology("two-node"), "--kernel", "uml"])
      #expect(waitUntil(60) { lab.output.contains("is up: ") }, "\(lab.errorOutput)")
      defer { lab.signal(SIGINT) }
      let (program, number) = (Program.executable.path, "\(lab.process.processIdentifier)")
      let machines = [("alpha", "20"), ("bravo", "21"), ("client", "4")].map { name, host in
        """
          \(name): { exec: [\(program), exec, --lab, \(number), \(name), --, env,
            XDG_CACHE_HOME=/tmp/cache], role: \(name == "client" ? "client" : "server"),
            on: { lan: { address: 10.0.1.\(host), interface: lan, existing: true } } }
        """
      }
      let topology = try temporaryFile(
        "hosts.yaml",
        """
        segments: { lan: { subnet: 10.0.1.0/24 } }
        nodes:
        \(machines.joined(separator: "\n"))
        paths: { native: { vip: 10.0.1.200 } }
        probe: { every: 10ms }
        failover: { every: 1s }
        """)
      // The program is there already, as after an earlier run.
      let prepared = try Program.run(
        "exec", "--lab", number, "alpha", "--", "sh", "-c",
        """
        \(try Machines.caching()) &&
        exec python3 '\(Program.root.path)/Tests/EndToEndTests/clock.py' 1 200
        """)
      #expect(prepared.code == 0, "\(prepared)")
      let (json, journal) = (try temporaryFile("run.json"), try temporaryFile("run.jsonl"))
      let outcome = try Program.run(
        "compare", topology, "--handovers", "7", "--no-latency", "--no-bandwidth", "--quiet",
        "--json", json, "--journal", journal)
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(outcome.error.contains("alpha: its clock is ahead by "), "\(outcome.error)")
      let run = try savedRun(json)
      let counted = run.paths[0].transitions.filter { $0.verdict != .void }
      #expect(counted.count >= 4 && counted.allSatisfy { $0.verdict == .good }, "\(outcome)")
      for transition in counted {
        #expect(transition.lossOfConnectivity < .milliseconds(200))
        // By the controller's clock, which the turns fall on.
        let late = (transition.addressAdded ?? transition.scheduled) - transition.scheduled
        #expect(late > .milliseconds(-20) && late < .milliseconds(100), "\(late)")
      }
      let looks = try exchanges(of: 0, in: journal)
      let (first, last) = (try #require(looks.prefix(8).best), try #require(looks.suffix(8).best))
      let ahead = first.offset - .seconds(1)
      #expect(ahead > .milliseconds(-20) && ahead < .milliseconds(20), "\(ahead)")
      let drifted = last.offset - first.offset
      let expected = Double((last.sent - first.sent).nanoseconds) * 200e-6
      let doubt = Double((first.bound + last.bound).nanoseconds)
      #expect(abs(Double(drifted.nanoseconds) - expected) < doubt + 1e6, "\(drifted)")
      #expect(drifted > .milliseconds(1), "\(drifted) of \(expected / 1e6) ms")
    }

    /// What passes between the machines tells of their clocks what a slow line to one of them does not: nor
    /// are its turns late by it.
    @Test func aSlowLineCostsNoFigure() throws {
      let machines = try Machines()
      let script = Program.root.appendingPathComponent("Tests/EndToEndTests/slowly.py").path
      let topology = try machines.topology { name in
        guard name == "bravo" else { return machines.byExec(name) }
        let words = ["python3", script, "\"0.08\""] + machines.entering(name)
        return "exec: [\(words.joined(separator: ", "))]"
      }
      let json = try temporaryFile("run.json")
      let outcome = try Program.run(
        "compare", topology, "--handovers", "5", "--no-latency", "--no-bandwidth", "--quiet",
        "--json", json, wrapper: ["XDG_CACHE_HOME=\(try Machines.cache())"])
      #expect(outcome.code == 0, "\(outcome.error)")
      let path = try savedRun(json).paths[0]
      let counted = path.transitions.filter { $0.verdict != .void }
      #expect(counted.count >= 3)
      for transition in counted {
        let (added, removed, announced, client) = (
          try #require(transition.addressAdded), try #require(transition.addressRemoved),
          try #require(transition.announced),
          try #require(transition.probers.first { $0.node == "client" })
        )
        // Its line tells of bravo to 40 ms.
        let bound = try #require(client.clockBound)
        #expect(bound < .milliseconds(5), "\(bound)")
        let delay = try #require(client.announcementSeen) - announced
        #expect(delay > .zero - bound && delay < .milliseconds(20), "\(delay)")
        let apart = max(added - removed, removed - added)
        #expect(apart < .milliseconds(20), "\(apart)")
        #expect(client.lossOfConnectivity < .milliseconds(20))
      }
      #expect(try machines.left() == [])
    }

    /// The looks at a node's clock that a journal has.
    private func exchanges(of node: NodeID, in journal: String) throws -> [ClockExchange] {
      let text = try String(contentsOfFile: journal, encoding: .utf8)
      return text.split(separator: "\n").dropFirst().compactMap {
        let entry = try? JSONDecoder().decode(JournalEntry.self, from: Data($0.utf8))
        guard case .clocked(_, node, let exchange) = entry else { return nil }
        return exchange
      }
    }
  }
}

extension ClockExchange {
  /// By how much the node's clock is ahead.
  fileprivate var offset: TimeSpan { ((received - sent) - (returned - answered)) / 2 }
  fileprivate var bound: TimeSpan { ((returned - sent) - (answered - received)) / 2 }
}

extension Sequence<ClockExchange> {
  /// The one that is known best.
  fileprivate var best: ClockExchange? { self.min { $0.bound < $1.bound } }
}
