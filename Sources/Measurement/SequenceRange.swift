import Packets

/// Consecutive sequence numbers of a stream.
package struct SequenceRange: Hashable, Codable, Sendable {
  package var first: UInt32
  package var last: UInt32

  package init(first: UInt32, last: UInt32) {
    self.first = first
    self.last = last
  }

  package init(_ only: UInt32) { self.init(first: only, last: only) }

  package var count: Int { Int(last - first) + 1 }

  package func contains(_ sequence: UInt32) -> Bool { first <= sequence && sequence <= last }

  package func overlaps(_ other: SequenceRange) -> Bool {
    first <= other.last && other.first <= last
  }

  /// `[first, last]` in JSON.
  package init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    first = try container.decode(UInt32.self)
    last = try container.decode(UInt32.self)
    guard container.isAtEnd, first <= last else {
      throw decoder.refusal("are no sequence numbers from first to last")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(first)
    try container.encode(last)
  }
}
