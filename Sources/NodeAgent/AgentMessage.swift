package import Measurement
package import Packets

/// What an agent tells its controller: the only thing that crosses the boundary between them, in
/// memory in a local lab.
package enum AgentMessage: Codable, Sendable {
  /// The VIP was claimed at its scheduled turn.
  case claimed(Claim)
  /// Probes reach a server that does not hold the VIP; told as a run begins, each second while it
  /// goes on, and as it ends.
  case misdirected(MisdirectedRun)
  /// What became of the probes since the last message of this kind, several times a second.
  case probes([ProbeTally])
  /// A transition is over and measured.
  case transition(TransitionResult)
  /// The frames of a slow transition at one node, where captures were asked for.
  case capture(CaptureFile)
  /// Something the user should know of and that stops nothing.
  case warning(String)
}

package struct Claim: Codable, Sendable {
  package var at: Timestamp
  /// The instant the schedule named.
  package var scheduled: Timestamp
  /// `nil` for the first claim of a round.
  package var from: String?
  package var to: String
}

/// A file in pcapng format.
package struct CaptureFile: Codable, Sendable {
  package var transition: Int
  package var node: String
  package var bytes: [UInt8]
}

/// Consecutive probes of one prober that reached a server without the VIP.
package struct MisdirectedRun: Codable, Hashable, Sendable {
  package var server: String
  package var prober: String
  package var first: Timestamp
  package var last: Timestamp
  package var count: Int
  package var isOver: Bool
}

/// What became of a node's probes that were decided lately.
package struct ProbeTally: Codable, Hashable, Sendable {
  package var node: String
  package var answered = 0
  package var lost = 0
  package var misdirected = 0

  package init(node: String) { self.node = node }

  package var total: Int { answered + lost + misdirected }

  mutating func record(_ fate: ProbeFate) {
    switch fate {
    case .answered: answered += 1
    case .misdirected: misdirected += 1
    case .lost: lost += 1
    }
  }
}
