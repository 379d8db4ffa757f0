package import Packets
package import TopologyModel

/// What became of a probe, as its prober knows it.
package enum ProbeFate: Hashable, Codable, Sendable {
  case answered(by: NodeID)
  /// No answer came in time.
  case lost
  /// Its answer came, but it had waited for longer than counts as served.
  case late(by: NodeID)
}

/// Consecutive probes of a stream with the same fate, sent at a steady pace.
package struct FateRun: Hashable, Codable, Sendable {
  package var stream: StreamID
  package var sequences: SequenceRange
  package var fate: ProbeFate
  /// When the first and the last of them were sent.
  package var first: Timestamp
  package var last: Timestamp
  /// When the answer to the first of them came.
  package var answered: Timestamp?
  /// Whether the first of them is the first one after the prober paused.
  package var isResuming: Bool

  package init(
    stream: StreamID, sequences: SequenceRange, fate: ProbeFate, first: Timestamp, last: Timestamp,
    answered: Timestamp?, isResuming: Bool
  ) {
    self.stream = stream
    self.sequences = sequences
    self.fate = fate
    self.first = first
    self.last = last
    self.answered = answered
    self.isResuming = isResuming
  }

  private enum CodingKeys: String, CodingKey {
    case stream, sequences, fate
    case first = "first_ns"
    case last = "last_ns"
    case answered = "answered_ns"
    case isResuming = "resuming"
  }

  /// When each of them was sent, by the steady pace of the run.
  package var instants: [Timestamp] {
    (0..<sequences.count).map { first.advanced(towards: last, by: $0, of: sequences.count - 1) }
  }

  package var isAnswered: Bool {
    if case .answered = fate { return true }
    return false
  }
}

/// Consecutive probes of a stream as they came in at a server, all to the same end.
package struct ArrivalRun: Hashable, Codable, Sendable {
  package var stream: StreamID
  package var sequences: SequenceRange
  /// Whether the server held the VIP when they came, by its own clock.
  package var isHeld: Bool
  /// The MAC address they were sent to.
  package var destination: MACAddress
  /// When the first and the last of them came.
  package var first: Timestamp
  package var last: Timestamp

  package init(
    stream: StreamID, sequences: SequenceRange, isHeld: Bool, destination: MACAddress,
    first: Timestamp, last: Timestamp
  ) {
    self.stream = stream
    self.sequences = sequences
    self.isHeld = isHeld
    self.destination = destination
    self.first = first
    self.last = last
  }

  private enum CodingKeys: String, CodingKey {
    case stream, sequences, destination
    case isHeld = "held"
    case first = "first_ns"
    case last = "last_ns"
  }

  /// When probe `sequence` came, by the steady pace of the run.
  func instant(of sequence: UInt32) -> Timestamp {
    first.advanced(towards: last, by: Int(sequence) - Int(sequences.first), of: sequences.count - 1)
  }
}

/// Consecutive probes of a stream that a server answered.
package struct ReflectionRun: Hashable, Codable, Sendable {
  package var stream: StreamID
  package var sequences: SequenceRange

  package init(stream: StreamID, sequences: SequenceRange) {
    self.stream = stream
    self.sequences = sequences
  }
}

extension Timestamp {
  /// The instant after `steps` of `all` equal steps to `end`.
  func advanced(towards end: Timestamp, by steps: Int, of all: Int) -> Timestamp {
    guard all > 0 else { return self }
    let span = (end - self).nanoseconds
    return self
      + TimeSpan(nanoseconds: Int64((Double(span) * Double(steps) / Double(all)).rounded()))
  }
}
