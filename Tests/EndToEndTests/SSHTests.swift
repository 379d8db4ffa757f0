import Foundation
import Measurement
import Packets
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// Runs on machines reached by ssh. OpenSSH's server takes root.
  @Suite(.enabled(if: geteuid() == 0, "sshd takes root")) struct SSHTests {
    private let overlays = """
      native: { vip: 10.0.0.200 }
        vxlan: { kind: vxlan, vip: 192.168.7.200, subnet: 192.168.7.0/24 }
      """

    private func bySSH(_ name: String) -> String {
      "ssh: 10.0.0.\(11 + Machines.names.firstIndex(of: name)!)"
    }

    /// The controller is at `other`, which the machines are reached from.
    private func wrapper(
      _ machines: Machines, _ servers: SSHServers, _ cache: String
    ) -> [String] {
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      return ["PATH=\(servers.programs):\(path)", "XDG_CACHE_HOME=\(cache)"]
        + machines.entering("other")
    }

    @Test func threeMachinesAreMeasuredAndLeftAsTheyWere() throws {
      let machines = try Machines()
      // A login shell that greets.
      let servers = try SSHServers(
        in: machines,
        saying: ["bravo": "echo 'Welcome to bravo'; exec sh -c \"$SSH_ORIGINAL_COMMAND\""])
      let topology = try machines.topology(
        reach: bySSH, "failover: { every: 500ms }", paths: overlays)
      let json = try temporaryFile("run.json")
      let outcome = try Program.run(
        "compare", topology, "--handovers", "3", "--no-latency", "--no-bandwidth", "--quiet",
        "--json", json, wrapper: wrapper(machines, servers, try Machines.cache()))
      #expect(outcome.code == 0, "\(outcome.error)")
      #expect(try machines.left() == [])
      let run = try savedRun(json)
      for path in run.paths {
        let counted = path.transitions.filter { $0.verdict != .void }
        #expect(counted.count >= 2 && counted.allSatisfy { $0.verdict == .good }, "\(path.name)")
        #expect(counted.allSatisfy { $0.lossOfConnectivity < .milliseconds(20) }, "\(path.name)")
      }
    }

    /// A key that is not the one that is known ends it, and so does one that is not known.
    @Test(.besideOthers) func aHostKeyThatChangedIsNotAccepted() throws {
      let machines = try Machines()
      let servers = try SSHServers(in: machines)
      try servers.changeKey(of: "bravo")
      let topology = try machines.topology(reach: bySSH)
      let outcome = try Program.run(
        "check", topology, wrapper: wrapper(machines, servers, try Machines.cache()))
      #expect(outcome.code == 1)
      #expect(outcome.error.contains("bravo: its host key is not the one that is known"))
    }

    /// A line that is cut while the machine is there is another's in a moment, and nothing is missing.
    @Test func aLineThatIsCutCostsNothing() throws {
      let machines = try Machines()
      let servers = try SSHServers(in: machines)
      let topology = try machines.topology(reach: bySSH, paths: overlays)
      let json = try temporaryFile("run.json")
      let program = try Program(
        [
          "compare", topology, "--path", "vxlan", "--handovers", "8", "--no-latency",
          "--no-bandwidth", "--json", json,
        ],
        wrapper: wrapper(machines, servers, try Machines.cache()))
      let holds = { try machines.changes(at: "alpha").contains { $0.contains("192.168.7.200/32") } }
      #expect(try waitUntil(30) { try holds() }, "\(program.errorOutput)")
      for name in ["alpha", "client"] { try servers.cutLines(to: name) }
      let outcome = try program.finish(within: 60)
      #expect(outcome.code == 0 && !outcome.error.contains("is lost"), "\(outcome.error)")
      for name in ["alpha", "client"] {
        #expect(outcome.error.contains("the line to \(name) was cut for "), "\(outcome.error)")
      }
      #expect(try machines.left() == [])
      let run = try savedRun(json)
      let transitions = run.paths[0].transitions
      let counted = transitions.filter { $0.verdict != .void }
      #expect(counted.count >= 8 && counted.allSatisfy { $0.verdict == .good })
      let voids = transitions.compactMap(\.voidReason)
      #expect(!voids.contains { $0.contains("was lost") }, "\(voids)")
    }

    /// The line is cut for long: the machine undoes what was done, and the others go on; and when it is
    /// there again it takes part again.
    @Test(arguments: ["juggle", "handover"])
    func aMachineThatIsCutOffCleansUpAndTheOthersGoOn(method: String) throws {
      let machines = try Machines()
      let servers = try SSHServers(in: machines)
      let topology = try machines.topology(
        reach: bySSH, "failover: { method: \(method), every: 1s }", paths: overlays)
      let program = try Program(
        ["juggle", topology, "--path", "vxlan"],
        wrapper: wrapper(machines, servers, try Machines.cache()))
      #expect(waitUntil(30) { program.output.contains("client") }, "\(program.errorOutput)")
      try machines.cut("client")
      #expect(try waitUntil(12) { try machines.changes(at: "client") == [] })
      #expect(waitUntil(15) { program.errorOutput.contains("client is lost: ") })
      let told = program.output.count
      #expect(waitUntil(15) { program.output.dropFirst(told).contains("good") })
      try machines.cut("client", isCut: false)
      #expect(waitUntil(30) { program.errorOutput.contains("client is back") })
      let again = program.output.count
      #expect(waitUntil(15) { program.output.dropFirst(again).contains("client") })
      program.signal(SIGINT)
      let outcome = try program.finish(within: 20)
      #expect(outcome.code == 0, "\(outcome)")
      #expect(try machines.left() == [])
    }
  }
}
