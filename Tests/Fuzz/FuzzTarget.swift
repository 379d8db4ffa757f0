import Foundation
import Packets
import Records
import Reports
import SmallTools
import TopologyModel

@testable import LinuxNet
@testable import NodeAgent

/// What is fed with bytes that nobody wrote: they may be refused, and must do nothing else.
enum FuzzTarget: String, CaseIterable {
  case topology, run, journal, order, report, stamp, frame, heartbeat, netlink, iperf, robot, page
  case hosts

  func take(_ bytes: UnsafeRawBufferPointer) {
    let text = String(decoding: bytes, as: UTF8.self)
    switch self {
    case .topology: FuzzTarget.topology(text)
    case .run: FuzzTarget.run(Data(bytes))
    case .journal: _ = try? JournalJudge.judge(Data(bytes))
    case .order: FuzzTarget.coded(HostOrder.self, bytes)
    case .report: FuzzTarget.coded(HostReport.self, bytes)
    case .stamp: FuzzTarget.stamp(bytes)
    case .frame: FuzzTarget.frame(bytes)
    case .heartbeat:
      var reader = ByteReader(bytes)
      _ = try? HeartbeatPacket(parsing: &reader)
    case .netlink:
      eachMessage(in: Array(bytes), count: bytes.count) { _ = NetworkChange($0) }
    case .iperf: _ = try? IperfReport(parsing: text).result(of: .forward)
    case .robot:
      let reply = HTTPClient.Reply(status: 200, body: Array(bytes))
      _ = FloatingIPStatus(reply, of: IPAddress("10.0.0.200")!)
    case .page:
      let answer = HTTPAnswer(Array(bytes), isAtEnd: true)
      let name = answer?.name(inHeader: nil) ?? ""
      precondition(name.count <= 64 && name.printableLine == name, "a name that steers")
    case .hosts: FuzzTarget.hosts(Array(bytes))
    }
  }

  private static func topology(_ text: String) {
    do {
      let topology = try Topology(parsing: text, file: "file.yaml")
      precondition(topology.paths.allSatisfy { $0.members.count >= 2 }, "a path without servers")
    } catch {
      let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
      precondition(lines.count <= 51, "\(lines.count) lines of mistakes")
      precondition(lines.allSatisfy { $0.hasPrefix("file.yaml:") }, "a line that is no mistake")
      precondition(error.description.printable == error.description, "what steers a terminal")
    }
  }

  /// Whatever is taken for a run is shown, in every form.
  private static func run(_ data: Data) {
    guard let run = try? JSONReport.decode(data) else { return }
    let exhibit = Exhibit(run)
    let text = ComparisonText(exhibit, style: .plain).render()
    precondition(text.printable == text, "what steers a terminal")
    let page = HTMLReport(exhibit).render()
    precondition(!page.contains("<script"), "a script in the page")
    _ = MarkdownReport(exhibit).render()
    _ = OpenMetricsReport(run).render()
  }

  /// What is read is written as it was read.
  private static func coded<Value: Codable>(_ type: Value.Type, _ bytes: UnsafeRawBufferPointer) {
    guard let value = try? JSONDecoder().decode(type, from: Data(bytes)),
      let written = try? JSONEncoder().encode(value)
    else { return }
    precondition((try? JSONDecoder().decode(type, from: written)) != nil, "not read back")
  }

  private static func stamp(_ bytes: UnsafeRawBufferPointer) {
    var (sender, reflector) = (ByteReader(bytes), ByteReader(bytes))
    _ = try? StampSenderPacket(parsing: &sender, key: nil)
    _ = try? StampReflectorPacket(parsing: &reflector, key: nil)
  }

  private static func frame(_ bytes: UnsafeRawBufferPointer) {
    var reader = ByteReader(bytes)
    _ = try? CapturedFrame(parsing: &reader, of: StampSession(run: 1))
  }

  /// A name is led where it is to lead, once for all.
  private static func hosts(_ bytes: [UInt8]) {
    var file = HostsFile(bytes)
    file.lead("db.example", to: IPAddress("10.0.0.1")!)
    let once = file
    file.lead("db.example", to: IPAddress("10.0.0.1")!)
    precondition(file == once, "led twice")
  }
}
