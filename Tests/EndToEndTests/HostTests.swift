import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// Runs on machines of their own, reached by a command.
  @Suite struct HostTests {
    private static let quick = [
      "--handovers", "3", "--no-latency", "--no-bandwidth", "--quiet",
    ]
    private let overlays = """
      native: { vip: 10.0.0.200 }
        vxlan: { kind: vxlan, vip: 192.168.7.200, subnet: 192.168.7.0/24 }
      """

    /// A folder of the test's own for the program that is sent; it is there, as after an earlier run.
    private func cache() throws -> (folder: String, wrapper: [String]) {
      let folder = try Machines.cache()
      return (folder, ["XDG_CACHE_HOME=\(folder)"])
    }

    @Test(.besideOthers) func theTableIsThatOfALabAndNothingIsLeft() throws {
      let machines = try Machines()
      let topology = try machines.topology(
        reach: machines.byExec, "failover: { every: 500ms }", paths: overlays)
      // Nothing is there, and the program is sent.
      let folder = try temporaryFile("cache")
      let wrapper = ["XDG_CACHE_HOME=\(folder)"]
      let (json, journal, again) = (
        try temporaryFile("run.json"), try temporaryFile("run.jsonl"),
        try temporaryFile("again.json")
      )
      let outcome = try Program.run(
        "compare", topology, "--handovers", "3", "--latency-samples", "100", "--no-bandwidth",
        "--quiet", "--json", json, "--journal", journal, wrapper: wrapper)
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(outcome.output.contains("(hosts)"))
      #expect(try machines.left() == [])
      #expect(try Machines.processes("agent --undo", of: folder) == [])
      try expectSchema(json)
      let run = try savedRun(json)
      for path in run.paths {
        let counted = path.transitions.filter { $0.verdict != .void }
        #expect(counted.count >= 2 && counted.allSatisfy { $0.verdict == .good }, "\(path.name)")
        // On a machine that is busy with something else a move is late, by what is no fault yet.
        #expect(counted.allSatisfy { $0.lossOfConnectivity < .milliseconds(100) }, "\(path.name)")
        #expect((path.latency?.samples ?? 0) > 0 && path.latency?.forward == nil)
        #expect(path.link?.pathMTU == (path.name == "native" ? 1500 : 1450))
      }
      let judged = try Program.run("judge", journal, "--json", again)
      #expect(judged.code == 0, "\(judged.error)")
      #expect(FileManager.default.contentsEqual(atPath: json, andPath: again))
      // The program is there already, and is not sent again.
      func files() throws -> String {
        try output(of: "find", folder, "-type", "f", "-printf", "%p %i %C@\n")
      }
      let kept = try files()
      let checked = try Program.run("check", topology, wrapper: wrapper)
      #expect(checked.code == 0 && checked.output.contains("interface rack: as it is"))
      #expect(try !kept.isEmpty && files() == kept)
      #expect(try Program.run("down", topology, wrapper: wrapper).output.contains("alpha: clean"))
    }

    /// What is not signed by the run's key, or was sent before, is counted and changes nothing.
    @Test(.besideOthers) func strangersChangeNothing() throws {
      let machines = try Machines()
      let topology = try machines.topology(reach: machines.byExec)
      let (_, wrapper) = try cache()
      let json = try temporaryFile("run.json")
      let program = try Program(
        [
          "compare", topology, "--handovers", "60", "--no-latency", "--no-bandwidth", "--json",
          json,
        ], wrapper: wrapper)
      let strangers = try machines.atTheSwitch(
        "/usr/bin/python3",
        Program.root.appendingPathComponent("Tests/EndToEndTests/strangers.py").path,
        "client", "alpha", "bravo")
      let kinds = ["forged", "changed", "open", "altered", "probes", "answers"]
      #expect(strangers == kinds.map { "\($0) 40\n" }.joined())
      // They take as long as they take.
      program.signal(SIGINT)
      let outcome = try program.finish(within: 60)
      #expect(outcome.code == 130, "\(outcome.error)")
      #expect(outcome.error.contains("that are not of this run, or were sent again"))
      #expect(try machines.left() == [])
      let path = try savedRun(json).paths[0]
      // In the midst of a move nobody has the VIP.
      let foreign = path.foreignPackets ?? 0
      #expect(foreign <= 240 && foreign > 200, "\(foreign) of 240")
      let counted = path.transitions.filter { $0.verdict != .void }
      #expect(counted.count >= 4 && counted.allSatisfy { $0.verdict == .good }, "\(counted)")
      #expect(path.transitions.flatMap(\.probers).allSatisfy { $0.duplicates == 0 })
    }

    /// Started there by the agents, broken and mended by them, and gone with them.
    @Test(arguments: [
      ("heartbeat: { every: 100ms }, method: heartbeat", Int64(600)),
      ("vrrp: { every: 100ms }, method: vrrp", Int64(600)),
      // An agent of shell scripts takes its time.
      (ResourceTests.group, Int64(1200)),
    ])
    func daemonsDecideThere(method: String, most: Int64) throws {
      let machines = try Machines()
      let topology = try machines.topology(
        reach: machines.byExec,
        """
        failover: { \(method),
          faults: [ { crash: holder, every: 4s, for: 2s } ] }
        """)
      let json = try temporaryFile("run.json")
      let outcome = try Program.run(
        [
          "compare", topology, "--handovers", "1", "--no-latency", "--no-bandwidth", "--json", json,
        ],
        wrapper: try cache().wrapper + ResourceTests.environment)
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(try machines.left() == [])
      let path = try savedRun(json).paths[0]
      let crashes = path.transitions.filter { $0.verdict != .void && $0.disturbance == .fault }
      #expect(!crashes.isEmpty, "\(outcome.output)")
      for crash in crashes {
        #expect(crash.from == "alpha" && crash.to == "bravo" && crash.verdict == .good)
        let detection = try #require(crash.detection)
        #expect(detection > .milliseconds(190) && detection < .milliseconds(most), "\(detection)")
      }
    }

    enum Fault: String, CaseIterable {
      case controllerKilled, controllerStopped, agentKilled, agentStopped, watcherKilled
    }

    /// However it ends, within five seconds and a little nothing is left; and where the controller is
    /// there and the machines can be reached again, the run goes on.
    @Test(.besideOthers, arguments: Fault.allCases)
    func theDeadMansHandUndoesEverything(fault: Fault) throws {
      let machines = try Machines()
      let gate = try temporaryFile("gate")
      let topology = try machines.topology(reach: machines.byExec(unless: gate), paths: overlays)
      let (folder, wrapper) = try cache()
      let program = try Program(["juggle", topology, "--path", "vxlan"], wrapper: wrapper)
      #expect(
        waitUntil(30) { program.output.contains("holds 192.168.7.200") }, "\(program.errorOutput)")
      #expect(try machines.changes(at: "alpha").contains { $0.contains("vxlan") })
      let (agents, watchers) = (
        try Machines.processes("agent --line", of: folder),
        try Machines.processes("agent --undo", of: folder)
      )
      #expect(agents.count >= 3 && watchers.count >= 3)
      try "closed".write(toFile: gate, atomically: true, encoding: .utf8)
      switch fault {
      case .controllerKilled: program.signal(SIGKILL)
      case .controllerStopped: program.signal(SIGSTOP)
      case .agentStopped: for agent in agents { kill(agent, SIGSTOP) }
      case .agentKilled: for agent in agents { kill(agent, SIGKILL) }
      case .watcherKilled: for watcher in watchers { kill(watcher, SIGKILL) }
      }
      #expect(try waitUntil(8) { try machines.left() == [] }, "\((try? machines.left()) ?? [])")
      #expect(
        try waitUntil(5) {
          try Machines.processes("agent --undo", of: folder) == []
            && Machines.processes("agent --line", of: folder) == []
        })
      if fault == .controllerStopped { program.signal(SIGCONT) }
      switch fault {
      case .controllerKilled: _ = try program.finish(within: 20)
      case .watcherKilled:
        let outcome = try program.finish(within: 20)
        #expect(outcome.code == 1 && outcome.error.contains("is lost: "), "\(outcome.error)")
      case .agentKilled, .agentStopped, .controllerStopped:
        #expect(waitUntil(10) { program.errorOutput.contains("alpha is lost: ") })
        try FileManager.default.removeItem(atPath: gate)
        let isBack = waitUntil(15) {
          Machines.names.dropLast().allSatisfy { program.errorOutput.contains("\($0) is back") }
        }
        #expect(isBack, "\(program.errorOutput)")
        let told = program.output.count
        #expect(waitUntil(15) { program.output.dropFirst(told).contains(" good") })
        program.signal(SIGINT)
        let outcome = try program.finish(within: 20)
        #expect(outcome.code == 0, "\(outcome)")
        #expect(try machines.left() == [])
      }
    }

    /// Both killed, the agent and its watcher, a later `down` removes what is left.
    @Test(.besideOthers) func whatACrashOfTheWatcherLeavesIsRemovedLater() throws {
      let machines = try Machines()
      let gate = try temporaryFile("gate")
      let topology = try machines.topology(reach: machines.byExec(unless: gate), paths: overlays)
      let (folder, wrapper) = try cache()
      let program = try Program(["juggle", topology, "--path", "vxlan"], wrapper: wrapper)
      #expect(
        waitUntil(30) { program.output.contains("holds 192.168.7.200") }, "\(program.errorOutput)")
      let all =
        try Machines.processes("agent --undo", of: folder)
        + Machines.processes("agent --line", of: folder)
      try "closed".write(toFile: gate, atomically: true, encoding: .utf8)
      for process in all { kill(process, SIGSTOP) }
      for process in all { kill(process, SIGKILL) }
      #expect(waitUntil(15) { program.errorOutput.contains("alpha is lost: ") })
      program.signal(SIGINT)
      #expect(try program.finish(within: 20).code == 1)
      #expect(try machines.changes(at: "alpha").contains { $0.contains("vxlan") })
      try FileManager.default.removeItem(atPath: gate)
      // Of one that cannot be reached no other has to wait.
      let missing = try String(contentsOfFile: topology, encoding: .utf8).replacingOccurrences(
        of: machines.entering("bravo").joined(separator: ", "), with: "false")
      let partial = try Program.run(
        "down", try temporaryFile("missing.yaml", missing), wrapper: wrapper)
      #expect(partial.code == 1 && partial.error.contains("bravo: its command ended with 1"))
      #expect(try machines.changes(at: "alpha") == [], "\(partial)")
      let swept = try Program.run("down", topology, wrapper: wrapper)
      #expect(swept.code == 0 && swept.output.contains("alpha: clean"), "\(swept)")
      #expect(
        partial.output.contains("alpha: vipjuggler:") && partial.output.contains(" removed\n"))
      #expect(try machines.left() == [], "\(swept)")
    }

    /// On hosts whose kernel has it: the lab kernel, in which three more are made. A VLAN link with its
    /// address, the way of what comes from the VIP, and overlays whose links the kernel numbers.
    @Test(.besideOthers) func aVLANIsMadeAndUndone() throws {
      let lab = try Program(["up", Program.topology("three-node-geneve"), "--kernel", "uml"])
      #expect(waitUntil(60) { lab.output.contains("is up: ") }, "\(lab.errorOutput)")
      defer { lab.signal(SIGINT) }
      let script = """
        set -e
        ip netns add switch
        ip -n switch link add name br0 type bridge
        ip -n switch link set br0 up
        for host in alpha bravo charlie; do
          ip netns add $host
          ip -n $host link add eth0 type veth peer name $host netns switch
          ip -n switch link set $host master br0 up
          ip -n $host link set eth0 up
          ip -n $host link set lo up
          ip -n $host route add default dev eth0
        done
        look() { for host in alpha bravo charlie; do ip -n $host -o link; ip -n $host rule; \
          ip -n $host route show table all; done | grep -v -e fe80 -e ff00 -e 'table local' | sort; }
        look > /tmp/before
        export XDG_CACHE_HOME=/tmp/cache
        \(try Machines.caching())
        cat > /tmp/hosts.yaml <<END
        segments:
          vswitch: { subnet: 10.0.0.0/24 }
        nodes:
          alpha: { exec: [ip, netns, exec, alpha], on: { vswitch: { address: 10.0.0.2, gateway: 10.0.0.1 } } }
          bravo: { exec: [ip, netns, exec, bravo], on: { vswitch: { address: 10.0.0.3, interface: "et*" } } }
          charlie: { exec: [ip, netns, exec, charlie], on: { vswitch: 10.0.0.4 }, role: client }
        paths:
          native: { vip: 10.0.0.200 }
          geneve: { kind: geneve, vip: 192.168.1.200 }
        failover: { every: 2s }
        END
        '\(Program.executable.path)' check --dry-run /tmp/hosts.yaml
        '\(Program.executable.path)' juggle /tmp/hosts.yaml > /tmp/log 2>&1 & juggle=$!
        for n in $(seq 600); do grep -q holds /tmp/log && break; sleep 0.1; done
        ip -n alpha -d link show vswitch || cat /tmp/log
        ip -n alpha rule
        ip -n alpha route get 192.0.2.9 from 10.0.0.200 iif lo || ip -n alpha route show table all
        kill -INT $juggle
        wait $juggle || cat /tmp/log
        look | diff /tmp/before - && echo as before
        '\(Program.executable.path)' compare /tmp/hosts.yaml --path geneve --handovers 1 --no-latency \
          --no-bandwidth --quiet 2> /tmp/complaint || grep 'too few transitions count' /tmp/complaint
        look | diff /tmp/before - && echo as before
        """
      let outcome = try Program.run(
        "exec", "--lab", "\(lab.process.processIdentifier)", "alpha", "--", "sh", "-c", script)
      #expect(outcome.code == 0, "\(outcome)")
      let planned = [
        "ip link add link eth0 vswitch mtu 1400 type vlan id 4000", " mtu 1350 type bridge",
        "ip address add 10.0.0.200/32 dev vswitch    # in its turn",
      ]
      for command in planned { #expect(outcome.output.contains(command), "\(outcome.output)") }
      #expect(outcome.output.contains("vlan protocol 802.1Q id 4000"), "\(outcome.output)")
      #expect(outcome.output.contains("mtu 1400") && outcome.output.contains("alias vipjuggler:"))
      #expect(outcome.output.contains("from 10.0.0.200 lookup "))
      #expect(outcome.output.contains("default via 10.0.0.1 dev vswitch table "))
      #expect(outcome.output.components(separatedBy: "as before").count == 3, "\(outcome.output)")
    }

    /// A VIP that somebody answers for is not taken.
    @Test(.besideOthers) func aVIPInUseIsRefused() throws {
      let machines = try Machines()
      let topology = try machines.topology(reach: machines.byExec)
      let added = try outcome(
        of: "sh", "-c",
        "\(machines.entering("other").joined(separator: " ")) ip address add 10.0.0.200/32 dev rack"
      )
      #expect(added.code == 0, "\(added.output)")
      let outcome = try Program.run(
        "compare", topology, "--handovers", "1", "--no-latency", "--no-bandwidth", "--quiet",
        wrapper: try cache().wrapper)
      #expect(outcome.code == 1)
      #expect(outcome.error.contains("10.0.0.200 is in use: "), "\(outcome.error)")
      #expect(try machines.left().allSatisfy { $0.hasPrefix("other: ") })
    }

    /// Ports, path MTU and a VIP that is taken are tried before anything is changed.
    @Test(.besideOthers) func whatDoesNotPassBetweenTwoMachinesIsNamed() throws {
      let machines = try Machines()
      let topology = try machines.topology(reach: machines.byExec, paths: overlays)
      let wrapper = try cache().wrapper
      let good = try Program.run("check", topology, wrapper: wrapper)
      #expect(good.code == 0, "\(good)")
      #expect(
        good.output.contains(
          "pair alpha - bravo on rack: UDP 862 passes, UDP 4789 passes, path MTU 1500"),
        "\(good.output)")
      let enter = machines.entering("bravo").joined(separator: " ")
      let spoiled = try outcome(
        of: "sh", "-c",
        """
        set -e
        \(enter) nft 'add table ip trial; add chain ip trial input { type filter hook input priority 0; };
          add rule ip trial input udp dport 4789 drop; add rule ip trial input meta length > 1400 drop'
        \(machines.entering("other").joined(separator: " ")) ip address add 10.0.0.200/32 dev rack
        """)
      #expect(spoiled.code == 0, "\(spoiled.output)")
      let bad = try Program.run("check", topology, wrapper: wrapper)
      #expect(bad.code == 1)
      let expected = [
        "pair alpha - bravo on rack: UDP 862 passes, no: path MTU 1400, and the segment's is 1500, "
          + "no: UDP 4789 does not: bravo: no answer comes from there to alpha",
        "no: UDP 4789 does not: bravo: no answer comes from there to client",
        "pair alpha - client on rack: UDP 862 passes, UDP 4789 passes, path MTU 1500",
        "no: path native: alpha: 10.0.0.200 is in use: ", "path native: cannot run as it is",
      ]
      for text in expected { #expect(bad.output.contains(text), "\(bad.output)") }
      #expect(bad.error.contains("see alpha - bravo, bravo - client, the VIPs"), "\(bad.error)")
    }

    /// What is wrong with a machine is said, with its name, and nothing is left at the others.
    @Test(.besideOthers) func aMachineThatIsNoGoodIsNamed() throws {
      let machines = try Machines()
      let enter = machines.entering("bravo").joined(separator: " ")
      let scripts = [
        ("echo '{\"what\":1}'; exit 3", "bravo: its command ended with 3"),
        ("echo 'no such pod' >&2; exit 1", "bravo: no such pod"),
        // What it says is shown, and does nothing.
        ("printf 'a\\033[31mb\\n' >&2; exit 1", "bravo: a\u{fffd}[31mb"),
        ("exec env XDG_CACHE_HOME=/proc/nowhere \(enter) \"$@\"", "no file can be made in"),
        (
          "exec unshare --mount sh -c 'mount -t tmpfs -o size=1m tmpfs /mnt; "
            + "exec env XDG_CACHE_HOME=/mnt \(enter) \"$@\"' sh \"$@\"", "cannot be written to"
        ),
        (
          "exec unshare --mount sh -c 'mount -t tmpfs -o noexec tmpfs /mnt; "
            + "exec env XDG_CACHE_HOME=/mnt \(enter) \"$@\"' sh \"$@\"", "noexec"
        ),
        // One that answers like an agent and then talks nonsense.
        (
          "echo \"$5 ready\"; echo '{\"hello\":{\"version\":\"vipjuggler 0.0.1\"}}'; cat > /dev/null",
          "bravo: its agent is vipjuggler 0.0.1, this is vipjuggler "
        ),
        (
          "echo \"$5 ready\"; printf 'x\\033]0;title\\007\\n'; cat > /dev/null",
          "bravo: what it said is no report: `x\u{fffd}]0;title\u{fffd}`"
        ),
      ]
      let wrapper = try cache().wrapper
      for (script, expected) in scripts {
        let file = try temporaryFile("reach.sh", script + "\n")
        let topology = try machines.topology { name in
          name == "bravo" ? "exec: [sh, \(file)]" : machines.byExec(name)
        }
        let outcome = try Program.run("check", topology, wrapper: wrapper)
        #expect(outcome.code == 1, "\(script): \(outcome)")
        #expect(outcome.error.contains(expected), "\(script): \(outcome.error)")
      }
      #expect(try machines.left() == [])
    }
  }
}
