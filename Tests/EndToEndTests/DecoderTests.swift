import Foundation
import TestSupport
import Testing

extension EndToEnd {
  /// What goes over the wire, as two other decoders read it: tshark, which is to call nothing malformed and no
  /// checksum wrong, and scapy, which is to write every frame as it has read it.
  @Suite struct DecoderTests {
    struct Traffic: CustomTestStringConvertible {
      let topology: String
      var path = "native"
      /// Instead of the topology's line that begins with the same word.
      var line = ""
      var kernel = "host"
      let kinds: [String]

      /// A GENEVE's source port may be any, also that of DNS.
      var ports: [String] {
        guard path == "geneve" else { return [] }
        return ["1-861", "863-65535"].flatMap { ["-d", "udp.port==\($0),geneve"] }
      }

      var testDescription: String { "\(topology), \(path), \(line)" }
    }

    @Test(
      .besideOthers,
      arguments: [
        Traffic(
          topology: "two-node",
          kinds: ["/ ARP\n", "IP / UDP / STAMP request\n", "IP / UDP / STAMP answer\n"]),
        Traffic(
          topology: "two-node-v6",
          kinds: ["Neighbor Advertisement / ", "IPv6 / UDP / STAMP request\n", "STAMP answer\n"]),
        Traffic(
          topology: "two-node", path: "vxlan",
          kinds: ["IP / UDP / VXLAN / Ethernet / IP / UDP / STAMP request\n", "Ethernet / ARP\n"]),
        Traffic(
          topology: "two-node-v6", path: "vxlan",
          kinds: ["IPv6 / UDP / VXLAN / Ethernet / IPv6 / UDP / STAMP request\n"]),
        Traffic(
          topology: "two-node", path: "geneve", kernel: "uml",
          kinds: ["UDP / GENEVE / Ethernet / IP / UDP / STAMP answer\n"]),
        Traffic(
          topology: "two-node", line: "probe: { kind: icmp }",
          kinds: ["IP / ICMP / echo\n"]),
        Traffic(
          topology: "two-node-v6", line: "probe: { kind: icmp }",
          kinds: ["ICMPv6 Echo Request\n", "ICMPv6 Echo Reply\n"]),
        Traffic(
          topology: "two-node", line: "probe: { kind: http }",
          kinds: ["IP / TCP / HTTP\n"]),
        Traffic(
          topology: "two-node",
          line: "failover: { method: juggle, every: 1s, announce: { form: reply-broadcast } }",
          kinds: ["/ ARP\n"]),
        Traffic(
          topology: "two-node",
          line: "failover: { method: heartbeat, heartbeat: { every: 100ms }, "
            + "faults: [ { crash: holder, every: 4s, for: 1s } ] }",
          kinds: ["IP / UDP / heartbeat\n"]),
      ])
    func othersReadWhatIsSent(traffic: Traffic) throws {
      let key = traffic.line.prefix { $0 != ":" } + ":"
      let text = try String(contentsOfFile: Program.topology(traffic.topology), encoding: .utf8)
        .split(separator: "\n")
        .map { !traffic.line.isEmpty && $0.hasPrefix(key) ? traffic.line : String($0) }
      let program = try Program([
        "juggle", try temporaryFile("sent.yaml", text.joined(separator: "\n")), "--path",
        traffic.path, "--kernel", traffic.kernel, "--probe", "10ms",
      ])
      #expect(waitUntil(60) { program.output.contains("holds") }, "\(program.errorOutput)")
      let user = getuid() == 0 ? "-Z root" : ""
      // The lab kernel writes no file of this machine.
      let dump = try Program.run(
        "exec", "--lab", "\(program.process.processIdentifier)", "alpha", "--", "sh", "-c",
        "tcpdump \(user) -n --immediate-mode -B 8192 -c 600 -w - -i lan | base64")
      program.signal(SIGINT)
      _ = try program.finish(within: 20)
      #expect(dump.error.contains("\n0 packets dropped by kernel"), "\(dump.error)")
      let bytes = try #require(
        Data(base64Encoded: dump.output, options: .ignoreUnknownCharacters))
      let file = try temporaryFile("sent.pcap")
      try bytes.write(to: URL(fileURLWithPath: file))

      let malformed = try outcome(
        of: ["tshark"] + traffic.ports + [
          "-r", file, "-d", "udp.port==862,twamp.test", "-o", "ip.check_checksum:TRUE", "-O",
          "twamp.test", "-Y",
          // A wrong checksum is a warning (0x600000); so is an address that moves.
          "_ws.malformed or (_ws.expert.severity >= 0x600000 and not arp.duplicate-address-detected)",
        ])
      #expect(malformed.code == 0 && !malformed.output.contains("Frame "), "\(malformed.output)")
      let script = Program.root.appendingPathComponent("Tests/EndToEndTests/decode.py").path
      let read = try outcome(of: "/usr/bin/python3", script, file)
      #expect(read.code == 0, "\(read.output)")
      for kind in traffic.kinds { #expect(read.output.contains(kind), "\(kind)\(read.output)") }
    }
  }
}
