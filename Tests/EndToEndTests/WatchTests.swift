import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// An address watched from a node of a held lab, in which others move it.
  @Suite struct WatchTests {
    private let vip = "10.0.1.200"

    /// A lab that is held, and programs in its nodes; all of it ends with it.
    private final class Held {
      let lab: Program
      private var programs: [Program] = []

      init() throws {
        let lab = try Program(["up", Program.topology("two-node"), "--kernel", "host", "--quiet"])
        let isUp = waitUntil(20) { lab.output.contains("is up: ") }
        #expect(isUp)
        self.lab = lab
      }

      /// Another program, in a node.
      @discardableResult
      func start(_ node: String, _ command: String...) throws -> Program {
        try start(node, command)
      }

      @discardableResult
      func start(_ node: String, _ command: [String]) throws -> Program {
        let program = try Program(within(node) + command)
        programs.append(program)
        return program
      }

      /// This program, in the client.
      func watch(_ arguments: String...) throws -> Program { try watch(arguments) }

      func watch(_ arguments: [String]) throws -> Program {
        let program = try Program(
          within("client") + [Program.executable.path, "watch"] + arguments)
        programs.append(program)
        return program
      }

      func run(_ node: String, _ command: String...) throws -> Program.Outcome {
        try run(node, command)
      }

      func run(_ node: String, _ command: [String]) throws -> Program.Outcome {
        try Program(within(node) + command).finish(within: 20)
      }

      /// By its number: others may hold a lab of that name.
      private func within(_ node: String) -> [String] {
        ["exec", "--lab", "\(lab.process.processIdentifier)", node, "--"]
      }

      func give(_ vip: String, to node: String, from other: String? = nil) throws {
        if let other { _ = try run(other, "ip", "address", "del", vip + "/32", "dev", "lan") }
        _ = try run(node, "ip", "address", "add", vip + "/32", "dev", "lan")
        _ = try run(node, "arping", "-q", "-c", "1", "-U", "-I", "lan", "-s", vip, vip)
      }

      deinit {
        for program in programs where program.process.isRunning { program.signal(SIGKILL) }
        lab.signal(SIGINT)
        lab.process.waitUntilExit()
      }
    }

    private func run(_ file: String) throws -> RunRecord {
      try expectSchema(file)
      return try savedRun(file)
    }

    private let alpha = "02:00:00:00:00:01"
    private let bravo = "02:00:00:00:00:02"

    private func keepalived(_ node: String, priority: Int) throws -> String {
      try temporaryFile(
        "\(node).conf",
        """
        global_defs { router_id \(node)
          vrrp_version 3 }
        vrrp_instance VI {
          state BACKUP
          interface lan
          virtual_router_id 51
          priority \(priority)
          advert_int 0.3
          virtual_ipaddress { \(vip)/32 dev lan }
        }

        """)
    }

    /// The machine that holds the VIP is cut off, and comes back: again where this one stood still as it was.
    @Test(.besideOthers) func aFailoverOfKeepalivedIsMeasuredAndSaidAsFarAsItIsSeen() throws {
      let held = try Held()
      // bravo starts when alpha has the VIP, or it may be the first to take it.
      for (node, priority) in [("alpha", 150), ("bravo", 100)] {
        let file = try keepalived(node, priority: priority)
        let pid = file + ".pid"
        let daemon = try held.start(
          node, "keepalived", "--dont-fork", "--vrrp", "--log-console", "-f", file, "-p", pid,
          "-r", pid + ".vrrp")
        let state = node == "alpha" ? "MASTER" : "BACKUP"
        let isSettled = waitUntil(20) {
          daemon.errorOutput.contains("(VI) Entering \(state) STATE")
        }
        #expect(isSettled, "\(daemon.errorOutput)")
      }
      let json = try temporaryFile("watch.json")
      let journal = try temporaryFile("watch.jsonl")
      let captures = try temporaryFile("captures")
      let watch = try held.watch(
        vip, "--every", "1ms", "--json", json, "--journal", journal, "--captures", captures)
      #expect(waitUntil(10) { watch.output.contains("answers come from \(alpha)") })
      let gone = "\(alpha) answered before, \(bravo) after"
      let back = "\(bravo) answered before, \(alpha) after"
      func isTold(_ words: String, _ times: Int) -> Bool {
        watch.output.components(separatedBy: words).count > times
      }
      for time in 1...3 {
        _ = try held.run("alpha", "ip", "link", "set", "lan", "down")
        #expect(waitUntil(15) { isTold(gone, time) }, "\(watch.output)")
        _ = try held.run("alpha", "ip", "link", "set", "lan", "up")
        #expect(waitUntil(15) { isTold(back, time) }, "\(watch.output)")
        let counted = watch.output.split(separator: "\n").filter { $0.contains("cut off for") }
        if counted.contains(where: { $0.hasSuffix(gone) }) { break }
      }
      watch.signal(SIGINT)
      let outcome = try watch.finish(within: 30)
      #expect(outcome.code == 0, "\(outcome.error)")

      let path = try #require(run(json).paths.first)
      // The longest: on a machine that stalls, bravo may have missed alpha's advertisements before.
      let first = try #require(
        path.transitions.filter { $0.verdict != .void && $0.from == alpha && $0.to == bravo }
          .max { $0.lossOfConnectivity < $1.lossOfConnectivity }, "\(outcome.output)")
      let loss = first.lossOfConnectivity
      #expect(loss > .milliseconds(600) && loss < .seconds(5), "\(outcome.output)")
      let seen = try #require(first.probers.first)
      #expect(seen.cause == .unexplained)
      #expect(seen.explanation?.contains("not visible from here: where \(vip) was") == true)
      #expect(seen.evidence.contains { $0.event.hasPrefix("announced at \(bravo) (request), ") })
      // Back at alpha, which preempts.
      #expect(path.transitions.contains { $0.to == alpha && $0.from == bravo })
      let watched = try #require(path.watch)
      #expect(watched.seesFrames && watched.hasAnswered && watched.gateway == nil)

      let again = try Program.run("judge", journal).output
      #expect(again.contains("loss of connectivity, median"))
      #expect(outcome.output.hasSuffix("\n\n" + again), "\(again)")
      let files = try FileManager.default.contentsOfDirectory(atPath: captures)
      #expect(files.contains { $0.hasPrefix("\(vip)-0-") }, "\(files)")
    }

    /// The loss of connectivity that a watch and the lab of `topology` that it runs beside tell of, of every
    /// transition that both measured.
    private func measuredTwice(_ topology: String) throws -> [(own: TimeSpan, watched: TimeSpan)] {
      let file = try temporaryFile("lab.json")
      let lab = try Program([
        "juggle", topology, "--path", "native", "--handovers", "4", "--json", file,
      ])
      #expect(waitUntil(20) { lab.output.contains("begins") })
      let json = try temporaryFile("watch.json")
      let watch = try Program([
        "exec", "--lab", "two-node", "client", "--", Program.executable.path, "watch", vip,
        "--every", "1ms", "--duration", "5s", "--json", json,
      ])
      #expect(try watch.finish(within: 30).code == 0)
      #expect(try lab.finish(within: 60).code == 0)
      let own = try #require(run(file).paths.first).transitions
      let seen = try #require(run(json).paths.first).transitions.filter {
        // Not one that the watch's end has cut.
        $0.verdict != .void && !$0.to.isEmpty
      }
      return own.filter { $0.verdict != .void }.compactMap { transition in
        func distance(_ other: TransitionRecord) -> Int64 {
          abs((other.scheduled - transition.scheduled).nanoseconds)
        }
        guard let client = transition.probers.first(where: { $0.node == "client" }),
          let same = seen.min(by: { distance($0) < distance($1) }), distance(same) < 300_000_000
        else { return nil }
        return (client.lossOfConnectivity, same.lossOfConnectivity)
      }
    }

    /// What the lab says of its own client, and what a watch beside it says.
    @Test(.alone) func itAgreesWithTheLabsOwnFigures() throws {
      let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
      let topology = try temporaryFile(
        "gap.yaml", text.replacingOccurrences(of: "every: 1s,", with: "every: 1500ms, gap: 200ms,"))
      var measured: [(own: TimeSpan, watched: TimeSpan)] = []
      // On a busy machine many are void.
      for _ in 0..<4 where measured.count < 2 { measured += try measuredTwice(topology) }
      #expect(measured.count >= 2)
      let apart = measured.map { abs(($0.own - $0.watched).nanoseconds) }
      // An interval of each of the two, whose probes do not fall together, and their pace. Where the machine
      // is busy an answer waits for its reflector, which the lab knows of and a watch does not: for as long
      // as counts as served.
      #expect(apart.min() ?? .max <= 2_500_000, "\(measured)")
      #expect(apart.max() ?? .max <= 25_000_000, "\(measured)")
    }

    /// Two servers that say their name, and a connection that hangs while nobody holds the VIP.
    @Test(.besideOthers) func pagesNameTheServerAndConnectionsThatHungAreTold() throws {
      let held = try Held()
      for node in ["alpha", "bravo"] {
        let page = try temporaryFile("index.html", node + "\nmore")
        let folder = URL(fileURLWithPath: page).deletingLastPathComponent().path
        try held.start(node, "/usr/bin/python3", "-m", "http.server", "-d", folder, "80")
      }
      try held.give(vip, to: "alpha")
      let json = try temporaryFile("watch.json")
      let watch = try held.watch(
        "web=\(vip)", "--probe", "http", "--every", "50ms", "--duration", "9s", "--json", json,
        "--follow")
      #expect(waitUntil(10) { watch.output.contains("answers come from alpha") })
      _ = try held.run("alpha", "ip", "address", "del", vip + "/32", "dev", "lan")
      #expect(waitUntil(10) { watch.output.contains("no answer any longer") }, "\(watch.output)")
      try held.give(vip, to: "bravo")
      let outcome = try watch.finish(within: 30)
      #expect(outcome.code == 0, "\(outcome.error)")
      let transition = try #require(run(json).paths[0].transitions.first)
      #expect(transition.from == "alpha" && transition.to == "bravo")
      // The seed's lines: `2022-01-17T11:20:16,613700879+00:00 + SEC`, without a name where nobody answered.
      let stamp = #"(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{9}[+-]\d\d:\d\d \+ "#
      for name in ["alpha", "bravo", ""] {
        let pattern = stamp + name + "$"
        #expect(outcome.output.range(of: pattern, options: .regularExpression) != nil, "\(name)")
      }
      let events = transition.probers.first?.evidence.map(\.event) ?? []
      #expect(events.contains { $0.contains("a connection hung") }, "\(events)")
    }

    @Test(.besideOthers, arguments: [false, true])
    func scapySpeaksTheSameSTAMP(isAuthenticated: Bool) throws {
      let script = Program.root.appendingPathComponent("Tests/EndToEndTests/stamp.py").path
      let file = try temporaryFile("key", String(repeating: "0123456789abcdef", count: 4) + "\n")
      let (key, keyOption) = isAuthenticated ? ([file], ["--key-file", file]) : ([], [])
      let held = try Held()
      try held.give(vip, to: "alpha")
      let reflector = try held.start(
        "alpha", [Program.executable.path, "reflect", vip] + keyOption)
      #expect(waitUntil(10) { reflector.errorOutput.contains("reflecting STAMP") })
      let sent = try held.run("client", ["/usr/bin/python3", script, "send", vip] + key)
      #expect(sent.code == 0 && sent.output == "3 answered\n", "\(sent.output)\(sent.error)")
      reflector.signal(SIGINT)
      let summary = try reflector.finish(within: 10)
      #expect(summary.output.hasPrefix("3 packets reflected, 2 were no STAMP test packets"))

      let other = try held.start("alpha", ["/usr/bin/python3", script, "reflect", vip] + key)
      #expect(waitUntil(10) { other.output.contains("ready") }, "\(other.errorOutput)")
      let watch = try held.watch(
        [vip, "--probe", "stamp", "--every", "20ms", "--duration", "2s"] + keyOption)
      let outcome = try watch.finish(within: 20)
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("\(vip) was never interrupted."), "\(outcome.output)")
      #expect(outcome.row("  lost") == ["0"], "\(outcome.output)\(other.errorOutput)")
    }

    @Test(.besideOthers) func withoutAnyRightItMeasuresAndSaysWhatItDoesNotSee() throws {
      let held = try Held()
      try held.give(vip, to: "alpha")
      // Ping sockets for its own group, where distributions have them for all; capabilities for nobody.
      let command =
        "sysctl -qw net.ipv4.ping_group_range=\"$(id -g) $(id -g)\" && exec setpriv --bounding-set=-all "
        + "--inh-caps=-all --ambient-caps=-all \"$@\""
      let watch = try held.start(
        "client", "sh", "-c", command, "sh", Program.executable.path, "watch", vip, "--duration",
        "8s")
      #expect(waitUntil(10) { watch.output.contains("answers come from \(alpha)") })
      _ = try held.run("alpha", "ip", "address", "del", vip + "/32", "dev", "lan")
      #expect(waitUntil(5) { watch.output.contains("no answer any longer") })
      try held.give(vip, to: "bravo")
      let outcome = try watch.finish(within: 20)
      #expect(outcome.code == 0)
      #expect(
        outcome.error.contains("frames are not captured (that takes root or CAP_NET_RAW)"))
      #expect(outcome.output.contains("\(alpha) answered before, \(bravo) after"))
      #expect(outcome.output.contains("without the right to capture"), "\(outcome.output)")
    }

    @Test(.besideOthers) func whatDropsTheProbesIsNoInterruption() throws {
      let held = try Held()
      try held.give(vip, to: "alpha")
      let rules =
        "table ip f { chain i { type filter hook input priority 0; icmp type echo-request drop; }; }"
      let file = try temporaryFile("rules.nft", rules)
      #expect(try held.run("alpha", "nft", "-f", file).code == 0)
      let outcome = try held.watch(vip, "--duration", "4s", "--max-loss", "1s").finish(within: 20)
      #expect(outcome.output.contains("nobody has answered yet: it may be held by nobody, or a"))
      #expect(outcome.output.contains("\(vip) was never answered."))
      #expect(outcome.code == 1)
      #expect(outcome.error.contains("the limit of 1s cannot be checked"))
      let closed = try held.watch(vip, "--probe", "tcp:81", "--duration", "4s").finish(within: 20)
      #expect(closed.output.contains("a connection failed: Connection refused"))
    }

    /// What this host does itself is no interruption by the server.
    @Test(.besideOthers) func whatThisHostDoesItselfIsNotBlamedOnTheServer() throws {
      let held = try Held()
      try held.give(vip, to: "alpha")
      let json = try temporaryFile("watch.json")
      let watch = try held.watch(vip, "--every", "5ms", "--duration", "9s", "--json", json)
      #expect(waitUntil(10) { watch.output.contains("answers come from \(alpha)") })
      _ = try held.run("client", "ip", "route", "add", "prohibit", vip)
      #expect(waitUntil(10) { watch.errorOutput.contains("could not be sent: Permission denied") })
      _ = try held.run("client", "ip", "route", "del", "prohibit", vip)
      #expect(waitUntil(10) { watch.output.contains("void: ") }, "\(watch.output)")
      _ = try held.run("client", "ip", "address", "add", vip, "dev", "lo")
      #expect(waitUntil(10) { watch.errorOutput.contains("is this host's own address now") })
      _ = try held.run("client", "ip", "address", "del", vip, "dev", "lo")
      let outcome = try watch.finish(within: 30)
      let path = try #require(run(json).paths.first)
      #expect(!path.transitions.isEmpty && path.transitions.allSatisfy { $0.verdict == .void })
      let watched = try #require(path.watch)
      #expect(watched.heldItself > .zero && watched.heldItself < .seconds(8))
      #expect(outcome.output.contains("held by this host itself"), "\(outcome.output)")
    }

    @Test(.besideOthers) func twoThatAnswerOneQuestionAreNamed() throws {
      let held = try Held()
      try held.give(vip, to: "alpha")
      try held.give(vip, to: "bravo")
      let json = try temporaryFile("watch.json")
      let outcome = try held.watch(
        vip, "--probe", "arp", "--every", "50ms", "--duration", "2s", "--json", json
      ).finish(within: 20)
      #expect(outcome.output.contains(": both hold the address"), "\(outcome.output)")
      #expect(try run(json).paths.first?.watch?.answeredTogether == [[alpha, bravo]])
      #expect(outcome.output.contains("was held by \(alpha) and \(bravo) at once"))
    }

    /// Others talk to the VIP far more than the probes do; only the probes' answers are looked at.
    @Test(.besideOthers) func aBusyAddressIsWatchedAllTheSame() throws {
      let held = try Held()
      try held.give(vip, to: "alpha")
      try held.start("alpha", "iperf3", "-s", "-1", "-B", vip)
      let isListening = try waitUntil(10) {
        try held.run("alpha", "ss", "-tln").output.contains("\(vip):5201")
      }
      #expect(isListening)
      let watch = try held.watch(vip, "--every", "5ms", "--duration", "4s")
      #expect(waitUntil(10) { watch.output.contains("answers come from \(alpha)") })
      let load = try held.run("client", "iperf3", "-c", vip, "-R", "-t", "2")
      #expect(load.code == 0, "\(load.output)")
      let outcome = try watch.finish(within: 20)
      #expect(!outcome.error.contains("dropped in this program's own sockets"), "\(outcome.error)")
    }

    @Test(.besideOthers) func whatCannotBeWatchedIsRefusedWithWhy() throws {
      let held = try Held()
      _ = try held.run("client", "ip", "route", "add", "10.7.0.0/16", "via", "10.0.1.20")
      _ = try held.run("client", "ip", "link", "add", "cut", "type", "veth", "peer", "name", "off")
      _ = try held.run("client", "ip", "link", "set", "cut", "up")
      _ = try held.run("client", "ip", "address", "add", "10.8.0.1/24", "dev", "cut")
      for (arguments, code, text) in [
        (["10.0.1.4"], Int32(1), "10.0.1.4 is an address of this host"),
        (["10.0.1.255"], 1, "10.0.1.255 is a broadcast address"),
        (["224.0.0.1"], 1, "224.0.0.1"),
        (["192.0.2.1"], 1, "192.0.2.1: there is no route to it"),
        (["10.8.0.2"], 1, "10.8.0.2"),
        (["no.such.invalid"], 1, "`no.such.invalid` stands for no address"),
        (["10.7.0.1", "--probe", "arp"], 1, "10.7.0.1 is behind the router 10.0.1.20"),
        (["a=10.0.1.20", "a=10.0.1.21"], 64, "`a` is watched already"),
        (["a/b=10.0.1.20"], 64, "found no [name=]address"),
        ([vip, "--every", "500us"], 64, "--fast allows it"),
        ([vip, "--probe", "tcp"], 64, "The value 'tcp' is invalid"),
        ([vip, "--name-header", "x"], 64, "--name-header is for --probe http"),
        ([vip, "--probe", "http", "--name-header", "x y"], 64, "`x y` is no name of a header"),
        (["fe80::1"], 1, "fe80::1 is on every link"),
        (["[fe80::1%none]"], 1, "there is no interface none"),
      ] {
        let outcome = try held.start(
          "client", [Program.executable.path, "watch"] + arguments
        ).finish(within: 10)
        #expect(outcome.code == code, "\(arguments): \(outcome.error)")
        #expect(outcome.error.contains(text), "\(arguments): \(outcome.error)")
        #expect(outcome.output.isEmpty)
      }
    }
  }
}
