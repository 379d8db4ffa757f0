package import Foundation
package import Measurement
package import Packets
package import TopologyModel

/// One line of a journal after the first: what was observed or happened in a run, in the order in
/// which the controller took note of it.
package enum JournalEntry: Codable, Sendable {
  case observed(path: String, node: NodeID, observation: Observation)
  case disturbed(path: String, disturbance: Disturbance)
  /// A look at a node's clock.
  case clocked(path: String, node: NodeID, exchange: ClockExchange)
  /// A node is not heard of any longer.
  case lost(path: String, node: NodeID)
  /// It was set up anew, and takes part again from then on.
  case returned(path: String, node: NodeID, at: Timestamp)
  /// What follows is asked for by somebody, and no part of what was before.
  case paused(path: String, at: Timestamp)
  /// A round is over.
  case ended(path: String, at: Timestamp, isInterrupted: Bool)
  /// Some nodes told nothing more, and what they saw is missing.
  case abandoned(path: String)
  /// The last line of a whole journal: the record of the run, without its transitions.
  case recorded(run: RunRecord)
}

/// An entry and its number, from 1 on, so that a line that is missing is missed.
struct NumberedEntry: Codable {
  var number: Int
  var entry: JournalEntry

  private enum CodingKeys: String, CodingKey { case number = "n" }

  init(number: Int, entry: JournalEntry) {
    self.number = number
    self.entry = entry
  }

  init(from decoder: any Decoder) throws {
    number = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .number)
    entry = try JournalEntry(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(number, forKey: .number)
    try entry.encode(to: encoder)
  }
}

/// The first line of a journal: schema `vipjuggler.journal/1`.
package struct JournalHeader: Codable, Sendable {
  package static let schema = "vipjuggler.journal/1"

  package var schema = JournalHeader.schema
  /// The record as it stood at the beginning, of which nothing was measured.
  package var run: RunRecord
  /// Of the paths that run.
  package var rosters: [PathRoster]

  package init(run: RunRecord, rosters: [PathRoster]) {
    self.run = run.with(transitions: [:])
    self.rosters = rosters
  }
}

/// A journal's lines, each of them JSON and ended by a newline.
package struct JournalText {
  private let encoder = JSONEncoder()
  private var count = 0

  package init() { encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes] }

  package func line(_ header: JournalHeader) throws -> Data {
    try encoder.encode(header) + Data("\n".utf8)
  }

  package mutating func line(_ entry: JournalEntry) throws -> Data {
    count += 1
    return try encoder.encode(NumberedEntry(number: count, entry: entry)) + Data("\n".utf8)
  }
}
