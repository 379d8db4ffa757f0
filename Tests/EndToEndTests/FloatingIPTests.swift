import Foundation
import LinuxNet
import Packets
import TestSupport
import Testing

extension EndToEnd {
  /// An address that a web service moves.
  @Suite(.besideOthers) struct FloatingIPTests {
    /// A service on a free port of this machine.
    private final class Robot {
      let program: Program
      let url: String

      init(_ options: String...) throws {
        let service = try Program(
          [
            "robot", "--port", "0", "--server", "127.0.0.1", "--server", "10.0.0.2", "--ip",
            "10.0.0.200", "--delay", "10ms",
          ] + options)
        program = service
        let isThere = waitUntil(20) { service.output.hasSuffix("\n") }
        try #require(isThere, "\(service.errorOutput)")
        url = String(service.output.dropLast())
      }

      deinit {
        program.signal(SIGINT)
        program.process.waitUntilExit()
      }
    }

    private let state: String

    init() throws { state = try temporaryFile("state") }

    private func floatingIP(
      _ verb: String, at url: String, _ more: String..., address: String = "10.0.0.200",
      wrapper: [String] = []
    ) throws -> Program.Outcome {
      try Program.run(
        ["floating-ip", verb, address, "--server", url, "--state", state] + more, wrapper: wrapper)
    }

    @Test func theExitStatusSaysWhereItIs() throws {
      let robot = try Robot()
      // An address of this host's.
      let here = try floatingIP("get", at: robot.url)
      #expect(here.code == 0 && here.output == "Assigned to us.\n", "\(here)")
      let there = try floatingIP("get", at: robot.url, "--own", "10.0.0.2")
      #expect(there.code == 2 && there.output == "Assigned to 127.0.0.1.\n", "\(there)")
      let moved = try floatingIP("set", at: robot.url, "--own", "10.0.0.2")
      #expect(moved.code == 0 && moved.output == "Set.\n", "\(moved)")
      #expect(waitUntil(10) { robot.program.errorOutput.contains("10.0.0.200 is at 10.0.0.2\n") })
      let again = try floatingIP("set", at: robot.url, "--own", "10.0.0.2")
      #expect(again.code == 0 && again.output == "Already set.\n", "\(again)")
      #expect(try floatingIP("get", at: robot.url).code == 2)
      let unknown = try floatingIP("set", at: robot.url, "--own", "10.0.0.3")
      #expect(unknown.code == 1 && unknown.error.contains("status 404: "), "\(unknown)")
    }

    /// As a proxy is asked, which every server is to understand (RFC 9112, section 3.2.2).
    @Test func aRequestMayNameTheWholeURL() throws {
      let robot = try Robot()
      for target in [
        "\(robot.url)/failover/10.0.0.200", "http://robot/failover/10.0.0.200?a=http://b",
      ] {
        let answer = try outcome(of: "curl", "-s", "--request-target", target, robot.url)
        #expect(answer.output.contains("\"active_server_ip\": \"127.0.0.1\""), "\(answer.output)")
      }
    }

    /// One line, and the service is left alone for a while.
    @Test(arguments: [
      ("500", "status 500: INTERNAL_ERROR"), ("503", "status 503"),
      ("half", "the answer is no failover resource"), ("garbage", "the answer is no failover"),
      ("redirect", "status 302: it sends to another place"), ("silence", "no answer within 300ms"),
    ])
    func ofAServiceThatIsNotWellNothingIsKnown(fault: String, words: String) throws {
      let robot = try Robot("--errors", "100%", "--error", fault)
      for verb in ["get", "set"] {
        let own = verb == "set" ? ["--own", "10.0.0.2"] : []
        let outcome = try Program.run(
          ["floating-ip", verb, "10.0.0.200", "--server", robot.url, "--timeout", "300ms"]
            + ["--state", state + verb] + own)
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(
          outcome.error.hasPrefix("vipjuggler: 10.0.0.200: nothing is known: \(words)"),
          "\(outcome.error)")
        #expect(outcome.error.split(separator: "\n").count == 1)
      }
      let paused = try Program.run(
        ["floating-ip", "get", "10.0.0.200", "--server", robot.url, "--state", state + "get"])
      #expect(paused.code == 1 && paused.error.contains("the service is asked again in "))
      #expect(robot.program.errorOutput.components(separatedBy: " GET ").count == 2)
    }

    /// The one that was asked for already, or another's: a service that says so is well.
    @Test func aMoveThatIsUnderWayIsNoFailure() throws {
      let robot = try Robot("--delay", "1h")
      #expect(try floatingIP("set", at: robot.url, "--own", "10.0.0.2").output == "Set.\n")
      let again = try floatingIP("set", at: robot.url, "--own", "10.0.0.2")
      #expect(again.code == 0 && again.output == "Already set.\n", "\(again)")
      let other = try floatingIP("set", at: robot.url, "--own", "127.0.0.1")
      #expect(other.code == 1 && other.error.contains("409: FAILOVER_LOCKED"), "\(other)")
      #expect(try floatingIP("get", at: robot.url, "--own", "10.0.0.2").code == 0)
      // Who is told that it is locked asks where it is.
      #expect(try countedRequests() == 6)
    }

    /// At once, and by one that is killed: what was asked counts.
    @Test func whatSeveralAskIsCounted() throws {
      let robot = try Robot("--errors", "100%", "--error", "silence")
      let asking = try (0..<4).map { _ in
        try Program(
          [
            "floating-ip", "set", "10.0.0.200", "--own", "10.0.0.2", "--server", robot.url,
            "--state", state,
          ])
      }
      let areHeard = waitUntil(20) {
        robot.program.errorOutput.components(separatedBy: "no answer").count == 5
      }
      #expect(areHeard, "\(robot.program.errorOutput)")
      for program in asking {
        program.signal(SIGKILL)
        program.process.waitUntilExit()
      }
      #expect(try countedRequests() == 4)
    }

    /// As the program remembers them.
    private func countedRequests() throws -> Int? {
      let kept = try FileManager.default.contentsOfDirectory(atPath: state).first
      let text = try Data(contentsOf: URL(fileURLWithPath: "\(state)/\(#require(kept))"))
      let pause = try JSONSerialization.jsonObject(with: text) as? [String: Any]
      return (pause?["requests"] as? [Any])?.count
    }

    @Test func aServiceThatIsAskedTooOftenIsLeftAloneForTenMinutes() throws {
      let robot = try Robot("--limit", "1")
      #expect(try floatingIP("get", at: robot.url).code == 0)
      let refused = try floatingIP("get", at: robot.url)
      #expect(refused.code == 1 && refused.error.contains("status 403: too many requests"))
      let paused = try floatingIP("set", at: robot.url, "--own", "10.0.0.2")
      #expect(paused.code == 1 && paused.error.contains("asked again in 600 s"), "\(paused)")
    }

    @Test func credentialsAreTheirOwnersAlone() throws {
      let file = try temporaryFile("credentials", "me:secret\n")
      let permissions = { (mode: Int) in
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
      }
      try permissions(0o600)
      let robot = try Robot("--credentials", file)
      let known = try floatingIP("get", at: robot.url, "--credentials", file)
      #expect(known.code == 0, "\(known)")
      let environment = try floatingIP(
        "get", at: robot.url, wrapper: ["env", "VIPJUGGLER_CREDENTIALS=me:secret"])
      #expect(environment.code == 0, "\(environment)")
      try permissions(0o640)
      let open = try floatingIP("get", at: robot.url, "--credentials", file)
      #expect(open.code == 1 && open.error.contains("others may read or change it"), "\(open)")
      let stranger = try floatingIP("get", at: robot.url)
      #expect(stranger.code == 1 && stranger.error.contains("status 401: the credentials"))
      #expect(!robot.program.errorOutput.contains("secret"))
    }

    /// Neither a certificate of nobody's nor a gigabyte, and nothing is sent to where it points.
    @Test func whatAServiceMayNotDoSaysNothing() throws {
      let script = "\(Program.root.path)/Tests/EndToEndTests/service.py"
      let pem = try temporaryFile("service.pem")
      let made = try outcome(
        of: "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pem, "-out",
        pem + ".cert", "-days", "2", "-subj", "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost")
      #expect(made.code == 0)
      try
        (String(contentsOfFile: pem, encoding: .utf8)
        + String(contentsOfFile: pem + ".cert", encoding: .utf8)).write(
          toFile: pem, atomically: true, encoding: .utf8)
      func start(_ port: String, at address: String, _ certificate: String) throws -> Program {
        try Program(
          [], wrapper: ["sh", "-c", "exec python3 '\(script)' \(port) \(address) \(certificate)"])
      }
      let secure = try start("0", at: "127.0.0.1", pem)
      #expect(waitUntil(20) { secure.output.hasSuffix("\n") }, "\(secure.errorOutput)")
      let port = secure.output.split(separator: "\n").first.map(String.init) ?? ""
      let plain = try start(port, at: "127.0.0.2", "")
      #expect(waitUntil(20) { plain.output.hasSuffix("\n") }, "\(plain.errorOutput)")
      defer {
        for program in [secure, plain] {
          program.signal(SIGKILL)
          program.process.waitUntilExit()
        }
      }

      let url = "https://localhost:\(port)"
      let untrusted = try floatingIP("get", at: url)
      #expect(
        untrusted.code == 1 && untrusted.error.contains("TLS: CERTIFICATE_VERIFY_FAILED"),
        "\(untrusted)")
      func get(_ address: String) throws -> Program.Outcome {
        try? FileManager.default.removeItem(atPath: state)
        return try floatingIP(
          "get", at: url, "--cacert", pem + ".cert", address: address,
          wrapper: ["env", "VIPJUGGLER_CREDENTIALS=me:secret"])
      }
      let trusted = try get("10.0.0.200")
      #expect(trusted.code == 2 && trusted.output == "Assigned to 10.0.0.1.\n", "\(trusted)")
      let endless = try get("10.0.0.201")
      #expect(endless.code == 1 && endless.error.contains("longer than 65536 bytes"), "\(endless)")
      let elsewhere = try get("10.0.0.202")
      #expect(elsewhere.code == 1 && elsewhere.error.contains("status 302: "), "\(elsewhere)")
      #expect(secure.output.contains("/failover/10.0.0.202 Basic "))
      // Its port alone.
      #expect(plain.output == "\(port)\n", "\(plain.output)")
    }

    /// In place of the service, the network says.
    @Test func theNetworkSaysWhereItIs() throws {
      let machines = try Machines()
      func look(_ hosts: String...) throws -> Program.Outcome {
        try Program.run(
          ["floating-ip", "get", "10.0.0.200", "--timeout", "1s"]
            + hosts.flatMap { ["--data-plane", $0] }, wrapper: machines.entering("alpha"))
      }
      func ip(_ verb: String, at name: String) throws {
        let command =
          machines.entering(name) + ["ip", "address", verb, "10.0.0.200/32", "dev", "rack"]
        #expect(try outcome(of: command).code == 0)
      }
      let nowhere = try look("10.0.0.13")
      #expect(nowhere.code == 1 && nowhere.error.contains("Cannot assign requested address"))
      try ip("add", at: "alpha")
      let here = try look("10.0.0.99", "10.0.0.13")
      #expect(here.code == 0 && here.output == "Delivered to us.\n", "\(here)")
      // Both have it, as failover addresses are: what answers goes to the other.
      try ip("add", at: "bravo")
      let announced = try outcome(
        of: machines.entering("bravo") + ["arping", "-U", "-c", "1", "-I", "rack", "10.0.0.200"])
      #expect(announced.code == 0)
      let there = try look("10.0.0.13")
      #expect(there.code == 2 && there.output == "Not delivered to us.\n", "\(there)")
      let own = try look("10.0.0.13", "10.0.0.11")
      #expect(own.code == 1 && own.error.contains("it is an address of this host"), "\(own)")
      let unheard = try look("10.0.0.99")
      #expect(unheard.code == 1 && unheard.error.contains("did not answer within 1s"), "\(unheard)")
    }

    /// As a resource of a cluster.
    @Test func theClusterResourceKeepsToTheRules() throws {
      let robot = try Robot("--limit", "100000")
      let tools = "\(Program.root.path)/.build/tools/usr"
      let agent = "\(Program.root.path)/ocf/vipjuggler/vipjuggler-floating-ip"
      let tester = try temporaryFile(
        "ocf-tester",
        String(contentsOfFile: tools + "/sbin/ocf-tester", encoding: .utf8).replacingOccurrences(
          of: "DATADIR=/usr/share", with: "DATADIR='\(tools)/share'"))
      func inACluster(_ script: String) throws -> (output: String, code: Int32) {
        try outcome(
          of: "unshare", "--mount", "sh", "-c",
          "mount -t tmpfs none /run && export OCF_ROOT='\(tools)/lib/ocf' && " + script)
      }
      let options =
        "ip=10.0.0.200 own=10.0.0.2 server=\(robot.url) credentials= "
        + "program='\(Program.executable.path)'"
      let tested = try inACluster(
        "sh '\(tester)' -n test \(options.split(separator: " ").map { "-o \($0)" }.joined(separator: " ")) "
          + "'\(agent)'")
      #expect(tested.code == 0 && tested.output.contains("passed all tests"), "\(tested.output)")

      // Started here, then moved by somebody else, then nothing is known.
      let parameters = options.split(separator: " ").map { "OCF_RESKEY_\($0)" }.joined(
        separator: " ")
      let codes = try inACluster(
        """
        export OCF_RESKEY_CRM_meta_timeout=20000 \(parameters)
        run() { '\(agent)' $1 2>/dev/null; echo "$1 $?"; }
        run monitor; run start; run monitor
        '\(Program.executable.path)' floating-ip set 10.0.0.200 --own 127.0.0.1 --server \(robot.url)
        run monitor
        export OCF_RESKEY_server=http://127.0.0.1:1 OCF_RESKEY_CRM_meta_timeout=5000
        run monitor; run start
        export OCF_RESKEY_program=/nonexistent OCF_RESKEY_credentials=/nonexistent
        run monitor; run validate-all; run stop; run monitor
        """)
      #expect(
        codes.output.split(separator: "\n") == [
          "monitor 7", "start 0", "monitor 0", "Set.", "monitor 7", "monitor 1", "start 0",
          "monitor 1", "validate-all 5", "stop 0", "monitor 7",
        ], "\(codes.output)")
    }

    @Test(arguments: [
      ["get", "alpha"], ["set", "10.0.0.200"], ["get", "10.0.0.200", "--own", "me"],
      ["get", "10.0.0.200", "--data-plane", "fd00::1"],
      ["get", "10.0.0.200", "--server", "http://me:secret@127.0.0.1"],
    ])
    func whatIsNoAddressIsRefused(arguments: [String]) throws {
      #expect(try Program.run(["floating-ip"] + arguments).code == 64)
    }

    @Test(arguments: [
      ["--server", "10.0.0.1", "--ip", "10.0.0.200"],
      ["--server", "10.0.0.1", "--server", "10.0.0.2"],
      ["--server", "10.0.0.1", "--server", "x", "--ip", "10.0.0.200"],
      ["--server", "10.0.0.1", "--server", "10.0.0.2", "--ip", "10.0.0.200", "--errors", "110%"],
      ["--server", "10.0.0.1", "--server", "10.0.0.2", "--ip", "10.0.0.200", "--error", "418"],
    ])
    func aServiceWithoutServersOrAddressesIsRefused(arguments: [String]) throws {
      #expect(try Program.run(["robot"] + arguments).code == 64)
    }
  }
}
