package import Foundation
import Measurement
import Packets
import TopologyModel

/// Judges a run again from its journal.
package struct JournalJudge {
  /// A journal is none, or not whole.
  package struct Mistake: Error, CustomStringConvertible {
    /// Counts from 1.
    package let line: Int
    package let reason: String

    package var description: String { "\(line): \(reason)" }
  }

  /// What a journal gave.
  package struct Verdict {
    package let run: RunRecord
    /// Why the rest of it could not be read; `nil` where it is whole.
    package let mistake: Mistake?
  }

  private var run: RunRecord
  private var ledgers: [String: TransitionLedger] = [:]
  private var transitions: [String: [TransitionRecord]] = [:]
  private var isWhole = false

  /// The record of the run whose journal `data` is. Where it cannot be read to its end, the
  /// transitions that are whole count, and the mistake is told beside them.
  package static func judge(_ data: Data) throws(Mistake) -> Verdict {
    // A journal that was cut off within a line has an unfinished last one.
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    var judge = try JournalJudge(header: lines.first ?? Data())
    var mistake: Mistake?
    for (index, line) in lines.enumerated().dropFirst() {
      let isLast = index == lines.count - 1
      if isLast && line.isEmpty { break }
      do throws(Mistake) {
        try judge.take(line, number: index + 1)
      } catch {
        mistake = error
        break
      }
    }
    if mistake == nil && !judge.isWhole {
      mistake = Mistake(
        line: lines.count,
        reason: "the journal ends before the run did: its last line, `recorded`, is missing")
    }
    var run = judge.run.with(transitions: judge.transitions)
    if mistake != nil {
      run.interrupted = true
      // What is not judged stands in the last line.
      for index in run.paths.indices where run.paths[index].skipped == nil {
        run.paths[index].latencyMissing = run.paths[index].latencyMissing.map { _ in unread }
        run.paths[index].bandwidthMissing = run.paths[index].bandwidthMissing.map { _ in unread }
      }
    }
    return Verdict(run: run, mistake: mistake)
  }

  private static let unread = "it stands in the last line of the journal, which is missing"

  private init(header line: Data) throws(Mistake) {
    struct Schema: Decodable { var schema: String? }
    let found = (try? JSONDecoder().decode(Schema.self, from: line)).flatMap(\.schema)
    if line.isEmpty { throw Mistake(line: 1, reason: "is empty; a journal has a line at least") }
    guard found == JournalHeader.schema else {
      let found = found.map { "`\($0)`" } ?? "none"
      throw Mistake(
        line: 1, reason: "schema: found \(found); a journal has `\(JournalHeader.schema)`")
    }
    let header = try JournalJudge.decode(JournalHeader.self, line, number: 1)
    run = header.run
    for roster in header.rosters { ledgers[roster.path] = TransitionLedger(roster) }
  }

  private mutating func take(_ line: Data, number: Int) throws(Mistake) {
    guard !isWhole else {
      throw Mistake(line: number, reason: "comes after `recorded`, which is the last line")
    }
    let numbered = try JournalJudge.decode(NumberedEntry.self, line, number: number)
    guard numbered.number == number - 1 else {
      throw Mistake(
        line: number,
        reason: "n: found \(numbered.number), expected \(number - 1): lines are missing, or moved")
    }
    switch numbered.entry {
    case .observed(let path, let node, let observation):
      try update(path, number) { $0.take(observation, from: node) }
    case .clocked(let path, let node, let exchange):
      try update(path, number) { $0.clocks.record(node, exchange) }
    case .lost(let path, let node):
      try update(path, number) { $0.lose(node) }
    case .returned(let path, let node, let instant):
      try update(path, number) { $0.rejoin(node, at: instant) }
    case .disturbed(let path, let disturbance):
      try update(path, number) { $0.disturb(disturbance) }
    case .paused(let path, let instant):
      try update(path, number) { $0.pause(at: instant) }
    case .ended(let path, let instant, let isInterrupted):
      try update(path, number) { $0.end(at: instant, isInterrupted: isInterrupted) }
    case .abandoned(let path):
      try update(path, number) { $0.abandon() }
    case .recorded(let run):
      self.run = run
      isWhole = true
    }
  }

  private mutating func update(
    _ path: String, _ number: Int, _ body: (inout TransitionLedger) -> Void
  ) throws(Mistake) {
    guard var ledger = ledgers.removeValue(forKey: path) else {
      throw Mistake(line: number, reason: "path `\(path)` is not in the journal's first line")
    }
    body(&ledger)
    transitions[path, default: []] += ledger.completed().map(\.record)
    ledgers[path] = ledger
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ line: Data, number: Int
  ) throws(Mistake) -> Value {
    do {
      return try JSONDecoder().decode(type, from: line)
    } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
      throw Mistake(line: number, reason: "is no JSON, or was cut off within the line")
    } catch let error as DecodingError {
      throw Mistake(line: number, reason: error.place)
    } catch {
      throw Mistake(line: number, reason: "\(error)")
    }
  }
}
