import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// A lab that is held, and what is left of one that was killed.
  @Suite struct LabTests {
    private func up(_ topology: String, wrapper: [String] = []) throws -> Program {
      let program = try Program(
        ["up", Program.topology(topology), "--kernel", "host"], wrapper: wrapper)
      #expect(waitUntil(20) { program.output.contains("is up: ") })
      return program
    }

    /// By names where no other lab is.
    @Test(.alone, arguments: [false, true])
    func commandsRunInTheNodesOfAHeldLab(isRootless: Bool) throws {
      let lab = try up("two-node", wrapper: isRootless ? EndToEnd.unprivileged : [])
      let wrapper = isRootless ? EndToEnd.unprivileged : []
      let address = try Program.run(
        "exec", "--lab", "two-node", "alpha", "--", "ip", "-brief", "address", wrapper: wrapper)
      #expect(address.code == 0)
      #expect(address.output.contains("lan") && address.output.contains("10.0.1.20/24"))
      #expect(address.output.contains("vxlan") && address.output.contains("192.168.0.20/24"))
      let ping = try Program.run(
        "exec", "client", "--", "ping", "-c", "1", "-W", "2", "192.168.0.21", wrapper: wrapper)
      #expect(ping.output.contains("1 received"), "\(ping.output)\(ping.error)")
      let named = try Program.run(
        "exec", "client", "--", "ping", "-c", "1", "-W", "2", "bravo", wrapper: wrapper)
      #expect(named.output.contains("bravo (10.0.1.21)"), "\(named.output)\(named.error)")
      #expect(try !String(contentsOfFile: "/etc/hosts", encoding: .utf8).contains("bravo"))
      let counted = try Program.run(
        "exec", "alpha", "--", "sh", "-c",
        "test -e /sys/class/net/vxlan && test $(ls /sys/class/net | wc -l) = $(ip -o link | wc -l)",
        wrapper: wrapper)
      #expect(counted.code == 0, "/sys shows another namespace: \(counted)")
      let code = try Program.run("exec", "client", "--", "sh", "-c", "exit 7", wrapper: wrapper)
      #expect(code.code == 7)
      let nobody = try Program.run("exec", "clint", "--", "true", wrapper: wrapper)
      #expect(nobody.code == 1)
      #expect(nobody.error.contains("no node `clint`; it has `alpha`, `bravo`, `client`"))
      lab.signal(SIGTERM)
      #expect(try lab.finish(within: 10).code == 0)
    }

    /// Whoever listens under such a name, and takes nobody in, is neither a lab nor waited for.
    @Test(.alone, .enabled(if: geteuid() == 0, "it takes root to be another"))
    func doorsOfOthersAreNotThere() throws {
      let lab = try up("two-node")
      let squatter = Process()
      let output = Pipe()
      squatter.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
      squatter.arguments = [
        "--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c",
        """
        import socket, time
        doors = []
        for name in ("1", "2/two-node", "3/\\x1b[2J", "nonsense"):
          door = socket.socket(socket.AF_UNIX)
          door.bind("\\0vipjuggler/0/" + name)
          door.listen(0)
          caller = socket.socket(socket.AF_UNIX)
          caller.connect("\\0vipjuggler/0/" + name)
          doors += [door, caller]
        print("ready", flush=True)
        time.sleep(600)
        """,
      ]
      squatter.standardOutput = output
      try squatter.run()
      defer {
        kill(squatter.processIdentifier, SIGKILL)
        squatter.waitUntilExit()
      }
      let word = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      #expect(word.hasPrefix("ready"))
      let named = try Program(["exec", "--lab", "two-node", "alpha", "--", "echo", "in"])
        .finish(within: 10)
      #expect(named.output == "in\n" && named.error.isEmpty, "\(named)")
      let only = try Program(["exec", "alpha", "--", "echo", "in"]).finish(within: 10)
      #expect(only.output == "in\n", "\(only)")
      lab.signal(SIGTERM)
      #expect(try lab.finish(within: 10).code == 0)
    }

    @Test(.alone) func oneThatIsStoppedIsSaidToBe() throws {
      let lab = try up("two-node")
      lab.signal(SIGSTOP)
      let outcome = try Program(["exec", "alpha", "--", "true"]).finish(within: 10)
      #expect(outcome.code == 1)
      #expect(
        outcome.error
          == "vipjuggler: the lab of process \(lab.process.processIdentifier) does not answer: it is still "
          + "being built, or stopped\n")
      lab.signal(SIGCONT)
      #expect(try Program.run("exec", "alpha", "--", "true").code == 0)
      lab.signal(SIGTERM)
      #expect(try lab.finish(within: 10).code == 0)
    }

    @Test(.besideOthers) func withoutALabExecSaysSo() throws {
      let outcome = try Program.run("exec", "--lab", "none", "alpha", "--", "true")
      #expect(outcome.code == 1)
      #expect(outcome.error.contains("no lab"))
    }

    @Test(.alone) func aFullMeshHasEveryStaticEntry() throws {
      let lab = try up("mesh-32")
      var (flood, unicast, neighbours) = (0, 0, 0)
      for number in 1...32 {
        let node = number < 10 ? "node0\(number)" : "node\(number)"
        let shown = try Program.run(
          "exec", node, "--", "sh", "-c",
          "bridge fdb show dev vxlan; ip neighbour show nud permanent dev fabric")
        let lines = shown.output.split(separator: "\n")
        flood += lines.count { $0.hasPrefix("00:00:00:00:00:00 dst 10.0.0.") }
        unicast += lines.count { $0.hasPrefix("02:") && $0.contains(" dst 10.0.0.") }
        neighbours += lines.count { $0.hasPrefix("10.0.0.") }
      }
      #expect(flood == 992)
      #expect(unicast == 992)
      #expect(neighbours == 992)
      let ping = try Program.run(
        "exec", "node01", "--", "ping", "-c", "1", "-W", "2", "192.168.0.32")
      #expect(ping.output.contains("1 received"))
      lab.signal(SIGINT)
      #expect(try lab.finish(within: 10).code == 0)
    }

    /// The kernel allows this lab's four namespaces and two more to try things with. Were one left
    /// behind by a killed run, soon no lab could be built.
    @Test(.besideOthers) func killedAtAnyMomentItLeavesNothing() throws {
      let holder = Process()
      holder.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      holder.arguments =
        EndToEnd.withLimit("max_net_namespaces", 6) + ["sh", "-c", "echo ready; cat"]
      let (input, output) = (Pipe(), Pipe())
      holder.standardInput = input
      holder.standardOutput = output
      try holder.run()
      defer {
        try? input.fileHandleForWriting.close()
        holder.waitUntilExit()
      }
      #expect(
        String(decoding: output.fileHandleForReading.availableData, as: UTF8.self) == "ready\n")
      let wrapper = [
        "nsenter", "--user=/proc/\(holder.processIdentifier)/ns/user", "--preserve-credentials",
        "--",
      ]
      let arguments = [
        "compare", Program.topology("two-node"), "--handovers", "1", "--quiet", "--no-latency",
        "--no-bandwidth",
      ]

      /// What the kernel refused a lab; a void transition on a busy machine is no refusal.
      func refusal() throws -> String? {
        let outcome = try Program(arguments, wrapper: wrapper).finish()
        if outcome.error.contains("namespace") { return outcome.error }
        #expect(outcome.code <= 1, "\(outcome.error)")
        return nil
      }

      #expect(try refusal() == nil)
      let before = try surroundings()
      for _ in 0..<12 {
        let program = try Program(arguments, wrapper: wrapper)
        // The moment is what is left to chance: from the first instruction to the round's midst.
        _ = waitUntil(.random(in: 0...2)) { !program.process.isRunning }
        program.signal(SIGKILL)
        _ = try program.finish()
        let doors = try String(contentsOfFile: "/proc/net/unix", encoding: .utf8)
        #expect(!doors.contains("@vipjuggler/\(getuid())/\(program.process.processIdentifier)/"))
      }
      #expect(try surroundings() == before)
      // The kernel takes namespaces down in the background.
      var refused: String?
      let isFree = try waitUntil(60) {
        refused = try refusal()
        return refused == nil
      }
      #expect(isFree, "namespaces of killed runs are still there: \(refused ?? "")")
    }

    /// Links, addresses, named namespaces and files of the machine around the lab.
    private func surroundings() throws -> [String] {
      [
        try output(of: "ip", "-brief", "address"), try output(of: "ip", "netns"),
        try output(of: "ls", "/run", "/var/run", Program.root.path),
      ]
    }
  }
}
