package import Packets

/// An exchange between two clocks, as NTP has it (RFC 5905, section 8): sent at `sent`, received there at
/// `received` and answered at `answered` by the other's clock, back at `returned`.
package struct ClockExchange: Hashable, Codable, Sendable {
  package var sent: Timestamp
  package var received: Timestamp
  package var answered: Timestamp
  package var returned: Timestamp

  package init(sent: Timestamp, received: Timestamp, answered: Timestamp, returned: Timestamp) {
    self.sent = sent
    self.received = received
    self.answered = answered
    self.returned = returned
  }

  /// What is to be added to the other's instants.
  var offset: TimeSpan { ((sent - received) + (returned - answered)) / 2 }
  /// By how much that can be wrong, either way; less than nothing where it cannot be true.
  package var bound: TimeSpan { ((returned - sent) - (answered - received)) / 2 }

  private enum CodingKeys: String, CodingKey {
    case sent = "sent_ns"
    case received = "received_ns"
    case answered = "answered_ns"
    case returned = "returned_ns"
  }
}
