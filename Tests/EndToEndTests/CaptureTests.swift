import Foundation
import Measurement
import Records
import TestSupport
import Testing

extension EndToEnd {
  /// The figures against tcpdump's files of the same run, recomputed without the program's records.
  @Suite struct CaptureTests {
    private let interval = 0.001
    private let lead = 0.02

    /// A probe or an answer in a capture.
    private struct Packet {
      let time: Double
      let isProbe: Bool
      let payload: [UInt8]

      var sequence: UInt32 { number(at: isProbe ? 0 : 24) }
      var sent: Double { ntp(at: isProbe ? 4 : 28) }
      /// The sender's index in the TLV.
      var sender: Int { Int(payload[56]) << 8 | Int(payload[57]) }

      private func number(at offset: Int) -> UInt32 {
        payload[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
      }

      private func ntp(at offset: Int) -> Double {
        Double(number(at: offset)) - 2_208_988_800 + Double(number(at: offset + 4)) / 4_294_967_296
      }
    }

    @Test(.alone, arguments: ["native", "vxlan"])
    func lossAndMisdirectionAgreeWithTheCaptures(path: String) throws {
      let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
      let topology = try temporaryFile(
        "gap.yaml", text.replacingOccurrences(of: "every: 1s,", with: "every: 600ms, gap: 30ms,"))
      let json = try temporaryFile("run.json")
      let program = try Program([
        "compare", topology, "--path", path, "--handovers", "5", "--no-latency",
        "--no-bandwidth", "--json", json,
      ])
      let interface = path == "native" ? "lan" : "vxlan"
      #expect(waitUntil(20) { program.errorOutput.contains("0/5") })
      let dumps = try ["alpha", "bravo", "client"].map { node in
        try Dump(node: node, interface: interface, lab: "two-node")
      }
      for dump in dumps { #expect(waitUntil(20) { dump.isListening }) }
      let began = Date().timeIntervalSince1970
      let outcome = try program.finish()
      #expect(outcome.code == 0, "\(outcome.error)")
      try expectSchema(json)
      let captures = try dumps.map { try packets($0.finish()) }

      let run = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: json)))
      let paths = try #require((run as? [String: Any])?["paths"] as? [[String: Any]])
      let transitions = try #require(paths[0]["transitions"] as? [[String: Any]])
      var compared = 0
      for (transition, next) in zip(transitions, transitions.dropFirst()) {
        let begin = try seconds(transition, "scheduled_ns") - lead
        let end = try seconds(next, "scheduled_ns") - lead
        // Rounds pause between them: only turns that follow each other are whole.
        guard begin > began, end - begin < 1.5 else { continue }
        // A busy machine may make the gap shorter than it was to be.
        let gap =
          try seconds(transition, "address_added_ns") - seconds(transition, "address_removed_ns")
        guard gap > 0.025 else { continue }
        try expectAgreement(transition, captures, begin..<end)
        compared += 1
      }
      #expect(compared >= 3)
    }

    private func expectAgreement(
      _ transition: [String: Any], _ captures: [[Packet]], _ window: Range<Double>
    ) throws {
      let probers = try #require(transition["probers"] as? [[String: Any]])
      let client = try #require(probers.first { $0["node"] as? String == "client" })

      let own = captures[2]
      let probes = own.filter { $0.isProbe && window.contains($0.sent) }
      let answered = Set(own.filter { !$0.isProbe }.map(\.sequence))
      let loss = lossOfConnectivity(probes, answered)
      let lost = probes.count { !answered.contains($0.sequence) }
      #expect(lost > 20)
      #expect(abs(loss - (try seconds(client, "loss_of_connectivity_ns"))) <= interval)
      #expect(abs(lost - (try #require(client["probes_lost"] as? Int))) <= 1)

      // Probes of the client at the old holder after it gave the address up.
      let old = try #require(
        ["alpha", "bravo"].firstIndex(of: transition["from"] as? String ?? ""))
      let removed = try seconds(transition, "address_removed_ns")
      let misdirected = captures[old].count {
        $0.isProbe && $0.sender == 2 && window.contains($0.sent) && $0.time >= removed
      }
      #expect(misdirected > 20)
      #expect(abs(misdirected - (try #require(client["misdirected"] as? Int))) <= 1)
    }

    /// RFC 6412's timestamp-based loss, from the capture's own times.
    private func lossOfConnectivity(_ probes: [Packet], _ answered: Set<UInt32>) -> Double {
      var (loss, last, hole) = (0.0, nil as Double?, false)
      for probe in probes.sorted(by: { $0.sequence < $1.sequence }) {
        guard answered.contains(probe.sequence) else {
          hole = true
          continue
        }
        if hole, let last { loss += probe.time - last - interval }
        (last, hole) = (probe.time, false)
      }
      return loss
    }

    private func seconds(_ object: [String: Any], _ key: String) throws -> Double {
      Double(try #require(object[key] as? Int)) / 1e9
    }

    /// Every STAMP packet of a capture file, read by tshark.
    private func packets(_ file: String) throws -> [Packet] {
      let text = try output(
        of: "tshark", "-r", file, "-T", "fields", "-e", "frame.time_epoch", "-e", "udp.dstport",
        "-e", "udp.payload")
      return text.split(separator: "\n").compactMap { line in
        let fields = line.split(separator: "\t")
        guard fields.count == 3, let time = Double(fields[0]), fields[2].count == 120 else {
          return nil
        }
        let digits = Array(fields[2])
        return Packet(
          time: time, isProbe: fields[1] == "862",
          payload: stride(from: 0, to: 120, by: 2).map {
            UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0
          })
      }
    }
  }

  /// `--captures`, read back by tshark.
  @Suite struct CapturedTransitionTests {
    private func sticky() throws -> String {
      let text = try String(contentsOfFile: Program.topology("two-node"), encoding: .utf8)
      return try temporaryFile(
        "sticky.yaml",
        text.replacingOccurrences(
          of: "subnet: 10.0.1.0/24",
          with: "subnet: 10.0.1.0/24, switch: { model: sticky, probability: 100%, hold: 300ms }"))
    }

    /// The numbers of the native path's transitions that have a cause: a void one has none.
    private func slowTransitions(_ json: String) throws -> [Int] {
      let data = try Data(contentsOf: URL(fileURLWithPath: json))
      let native = try JSONDecoder().decode(RunRecord.self, from: data).paths[0]
      return native.transitions.filter(\.isSlow).map(\.index)
    }

    /// The file of the node in a folder of one slow transition: the first that was not void.
    private func capture(at node: String, in folder: String) throws -> String {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      return folder + "/" + (try #require(names.first { $0.hasSuffix("-\(node).pcapng") }))
    }

    private func compare(_ folder: String) throws -> [String] {
      [
        "compare", try sticky(), "--path", "native", "--path", "vxlan", "--kernel", "host",
        "--handovers", "3", "--no-latency", "--no-bandwidth", "--quiet", "--captures", folder,
      ]
    }

    @Test(.besideOthers) func everySlowTransitionIsAFileANode() throws {
      let folder = try temporaryFile("captures")
      let json = try temporaryFile("run.json")
      let run = try Program.run(compare(folder) + ["--json", json])
      #expect(run.code == 0, "\(run.error)")
      let slow = try slowTransitions(json)
      #expect(slow.count >= 2)
      #expect(run.output.contains("native: switch-stuck, \(slow.count) of "))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(
        names
          == slow.flatMap { number in
            ["alpha", "bravo", "client"].map { "native-\(number)-\($0).pcapng" }
          })
      for name in names {
        let fields = try outcome(
          of: "tshark", "-r", "\(folder)/\(name)", "-d", "udp.port==862,twamp.test", "-T", "fields",
          "-e", "frame.time_epoch", "-e", "frame.interface_name", "-e", "frame.comment", "-e",
          "frame.protocols")
        #expect(fields.code == 0, "\(fields.output)")
        let frames = fields.output.split(separator: "\n").filter { $0.contains("eth:") }
          .map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        #expect(frames.count > 100, "\(name)")
        let node = name.split(separator: "-")[2].dropLast(".pcapng".count)
        for frame in frames.prefix(50) {
          #expect(frame[0].split(separator: ".")[1].count == 9, "\(frame)")
          #expect(frame[1] == node, "\(frame)")
        }
        let times = frames.compactMap { Double($0[0]) }
        #expect(times == times.sorted())
        let comments = frames.map { String($0[2]) }.joined()
        #expect(comments.contains("announces that 10.0.1.200 is with it now"), "\(comments)")
        if frames.contains(where: { $0[3].contains("udp:twamp.test") }) { continue }
        Issue.record("\(name): no packet is dissected as a test packet")
      }
      let misdirected = try outcome(
        of: "sh", "-c",
        "for f in \"$0\"/*.pcapng; do tshark -r \"$f\" -T fields -e frame.comment; done",
        folder)
      #expect(misdirected.output.contains("does not hold 10.0.1.200: a misdirected probe"))
    }

    /// The advertisement that moves a VIP of IPv6, and the probes of a gap.
    @Test func aSlowTransitionOfIPv6IsKeptToo() throws {
      let text = try String(contentsOfFile: Program.topology("two-node-v6"), encoding: .utf8)
      let topology = try temporaryFile(
        "six.yaml", text.replacingOccurrences(of: "every: 1s,", with: "every: 1s, gap: 100ms,"))
      let folder = try temporaryFile("captures")
      let run = try Program.run(
        "compare", topology, "--path", "native", "--handovers", "1", "--no-latency",
        "--no-bandwidth", "--captures", folder)
      #expect(run.code == 0, "\(run.error)")
      let frames = try outcome(
        of: "tshark", "-r", try capture(at: "client", in: folder), "-Y", "icmpv6.type == 136", "-T",
        "fields", "-e", "icmpv6.nd.na.target_address", "-e", "icmpv6.checksum.status", "-e",
        "frame.comment")
      let announced = ["alpha", "bravo"].map {
        "fd00:1::200\t1\t\($0) announces that fd00:1::200 is with it now"
      }
      #expect(announced.contains { frames.output.contains($0) }, "\(frames.output)")
    }

    /// What daemons said to each other before and after a crash.
    @Test(arguments: [("heartbeat", "udp.port == 694"), ("vrrp", "vrrp")])
    func whatDaemonsSayIsKept(method: String, filter: String) throws {
      let folder = try temporaryFile("captures")
      for _ in 0..<3 where !FileManager.default.fileExists(atPath: folder) {
        let run = try Program.run(
          "compare",
          DaemonRuns.topology(
            "method: \(method), \(method): { every: 50ms }, "
              + "faults: [ { crash: holder, every: 2s, for: 1s } ]"), "--handovers", "1",
          "--no-latency", "--no-bandwidth", "--captures", folder)
        #expect(run.code == 0, "\(run.error)")
      }
      let frames = try outcome(
        of: "tshark", "-r", try capture(at: "bravo", in: folder), "-Y", filter, "-T", "fields",
        "-e",
        "ip.src")
      let senders = Set(frames.output.split(separator: "\n").filter { $0.hasPrefix("10.") })
      #expect(senders.contains("10.0.1.20") && senders.contains("10.0.1.21"), "\(frames.output)")
    }

    /// A file system of 64 KiB: one warning, and the figures stand.
    @Test(.besideOthers) func aFolderThatFillsUpIsSaidOnce() throws {
      let folder = try temporaryFile("full")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let outcome = try Program.run(
        compare(folder),
        wrapper: [
          "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
          "mount -t tmpfs -o size=64k none \"$0\" || exit 99; exec \"$@\"", folder,
        ])
      #expect(outcome.code == 0)
      #expect(outcome.error.components(separatedBy: "No space left on device").count == 2)
      #expect(outcome.error.contains("no more captures are kept"))
      #expect(outcome.output.contains("native: switch-stuck, "))
    }
  }

  /// tcpdump in a node of a running lab.
  private struct Dump {
    private let file: String
    private let program: Program

    init(node: String, interface: String, lab: String) throws {
      file = try temporaryFile("\(node).pcap")
      // tcpdump gives root up unless told otherwise, and could not write its file then.
      let user = getuid() == 0 ? ["-Z", "root"] : []
      program = try Program(
        ["exec", "--lab", lab, node, "--", "tcpdump"] + user + [
          "-n", "--immediate-mode", "--time-stamp-precision=nano", "-s", "512", "-B", "8192", "-w",
          file,
          "-i", interface, "udp", "port", "862",
        ])
    }

    var isListening: Bool { program.errorOutput.contains("listening on") }

    func finish() throws -> String {
      program.signal(SIGINT)
      let outcome = try program.finish(within: 10)
      #expect(outcome.error.contains("0 packets dropped by kernel"), "\(outcome.error)")
      return file
    }
  }
}
