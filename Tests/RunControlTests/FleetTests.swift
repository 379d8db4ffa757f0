import Foundation
import LinuxNet
import Measurement
import NamespaceLab
import NodeAgent
import Packets
import Records
import RunControl
import TestSupport
import Testing
import TopologyModel

/// Every order and report as a line of JSON, as it goes through a pipe to another machine.
private final class EncodingFleet: Fleet {
  private let inner: any Fleet
  /// What came, as it was before.
  private(set) var reports: [(node: NodeID, report: AgentReport)] = []
  private(set) var lines = 0

  init(_ inner: any Fleet) { self.inner = inner }

  private func recoded<Value: Codable & Equatable>(_ value: Value) -> Value {
    guard let line = try? JSONEncoder().encode(value),
      let again = try? JSONDecoder().decode(Value.self, from: line)
    else {
      Issue.record("\(value) cannot be encoded and decoded")
      return value
    }
    #expect(!line.contains(UInt8(ascii: "\n")) && again == value)
    lines += 1
    return again
  }

  func send(_ order: AgentOrder, to node: NodeID) { inner.send(recoded(order), to: node) }

  func receive(within span: TimeSpan) -> [(node: NodeID, report: AgentReport)] {
    let came = inner.receive(within: span)
    reports += came
    return came.map { ($0.node, recoded($0.report)) }
  }
}

/// Agents and their controller, on the running kernel.
@Suite(.takesTurns) struct FleetTests {
  /// A round of `transitions` on the native path of `topology`, every message encoded; the records,
  /// the journal and the fleet.
  private func round(
    _ topology: Topology, transitions: Int, keepsCaptures: Bool = false
  ) throws -> (news: [PathNews], journal: [JournalEntry], fleet: EncodingFleet, roster: PathRoster)
  {
    let lab = try Lab(topology)
    let path = try #require(topology.path(named: "native"))
    let fleet = EncodingFleet(
      try lab.fleet(on: path, run: 7, recordedFrames: keepsCaptures ? 10_000 : 0))
    let roster = try lab.roster(of: path)
    var news: [PathNews] = []
    var journal: [JournalEntry] = []
    let control = PathControl(
      roster, fleet: fleet, interruption: try Interruption(),
      keepsCaptures: keepsCaptures, journal: { journal.append($0) }, tell: { news.append($0) })
    _ = control.runRound(path.failover, transitions: transitions)
    return (news, journal, fleet, roster)
  }

  private func records(_ news: [PathNews]) -> [TransitionRecord] {
    news.compactMap { if case .transition(let record) = $0 { record } else { nil } }
  }

  @Test func aLabThroughPipesGivesTheSameFigures() throws {
    let (news, journal, fleet, roster) = try round(
      pair(failover: "{ every: 400ms, gap: 40ms }"), transitions: 3)
    let records = records(news)
    #expect(records.count == 3 && fleet.lines > 20)
    // The same, from what was handed over before it was encoded.
    var ledger = TransitionLedger(roster)
    for entry in journal {
      switch entry {
      case .disturbed(_, let disturbance): ledger.disturb(disturbance)
      case .ended(_, let instant, let isInterrupted):
        ledger.end(at: instant, isInterrupted: isInterrupted)
      default: break
      }
    }
    for (node, report) in fleet.reports {
      guard case .observed(let all) = report else { continue }
      for observation in all { ledger.take(observation, from: node) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(
      try encoder.encode(ledger.completed().map(\.record)) == encoder.encode(records))
    for record in records where record.verdict != .void {
      let client = try #require(record.probers.first { $0.node == "client" })
      #expect(client.lossOfConnectivity >= .milliseconds(30))
      #expect(client.misdirected > 10)
    }
  }

  @Test func framesOfASlowTransitionComeThroughThePipe() throws {
    let (news, _, _, _) = try round(
      pair(failover: "{ every: 400ms, gap: 80ms }"), transitions: 2, keepsCaptures: true)
    let files = news.compactMap { if case .capture(let file) = $0 { file } else { nil } }
    let slow = records(news).filter(\.isSlow).map(\.index)
    #expect(Set(files.map(\.transition)) == Set(slow))
    #expect(Set(files.map(\.node)) == (slow.isEmpty ? [] : ["alpha", "bravo", "client"]))
    #expect(files.allSatisfy { $0.bytes.count > 1_000 })
  }

  /// A steady second of probes is a handful of elements.
  @Test func whatIsObservedIsCompressed() throws {
    let (news, journal, _, _) = try round(pair(failover: "{ every: 1s }"), transitions: 3)
    let sent = records(news).flatMap(\.probers).reduce(0) { $0 + $1.probesSent }
    #expect(sent > 2_000)
    #expect(journal.count < sent / 5, "\(journal.count) elements of \(sent) probes")
  }

  @Test func aClaimByHandBeginsATransition() throws {
    let topology = try pair(failover: "{ every: 2s }")
    let lab = try Lab(topology)
    let path = try #require(topology.path(named: "native"))
    var records: [TransitionRecord] = []
    var warnings: [String] = []
    var claims = 0
    let control = PathControl(
      try lab.roster(of: path), fleet: try lab.fleet(on: path, run: 7, recordedFrames: 0),
      interruption: try Interruption(),
      tell: { news in
        switch news {
        case .transition(let record): records.append(record)
        case .warning(let text): warnings.append(text)
        case .claimed(let claim):
          claims += 1
          guard claims == 2, let holder = topology.nodes.firstIndex(where: { $0.name == claim.to })
          else { return }
          let other = 1 - holder
          #expect(throws: Never.self) {
            _ = try run("ip", "address", "add", "10.0.1.200/32", "dev", "lan", in: lab.nodes[other])
          }
        default: break
        }
      })
    _ = control.runRound(path.failover, transitions: 1)
    let observed = try #require(records.first { $0.disturbance == .observed })
    #expect(observed.from == records[0].to && observed.to != observed.from)
    #expect(observed.addressAdded != nil)
    #expect(!warnings.contains { $0.contains("someone else") }, "\(warnings)")
  }
}
