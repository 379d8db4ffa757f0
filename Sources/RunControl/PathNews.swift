package import Measurement
package import Packets

/// What is worth telling of a path while it is measured.
package enum PathNews: Sendable {
  /// A server took the VIP.
  case claimed(Claim)
  /// Probes reach a server that does not hold the VIP; told as a run begins, each second while it
  /// goes on, and as it ends.
  case misdirected(MisdirectedRun)
  /// What became of the probes since the last news of this kind, several times a second.
  case probes([ProbeTally])
  /// Of a path that is watched from outside: the first answer has come, or answers come no longer.
  case answering(by: String, at: Timestamp)
  case silent(since: Timestamp, before: String)
  /// Two machines answered one probe; told once of the two.
  case contested(String, String, at: Timestamp)
  /// Nobody has answered at all; what is known of how the probes fared.
  case unanswered(remark: String?)
  /// What became of consecutive probes, and who answered them.
  case decided(FateRun, by: String?)
  /// A transition is over and judged.
  case transition(TransitionRecord)
  /// The frames of a slow transition at one node, where captures were asked for.
  case capture(CaptureFile)
  /// Something the user should know of and that stops nothing.
  case warning(String)
}

package struct Claim: Sendable {
  package var at: Timestamp
  /// When it was to be.
  package var due: Timestamp
  /// `nil` for the first claim of a round.
  package var from: String?
  package var to: String
}

/// Consecutive probes of one prober that reached a server without the VIP.
package struct MisdirectedRun: Hashable, Sendable {
  package var server: String
  package var prober: String
  package var first: Timestamp
  package var last: Timestamp
  package var count: Int
  package var isOver: Bool
}

/// What became of a node's probes that were decided lately.
package struct ProbeTally: Hashable, Sendable {
  package var node: String
  package private(set) var answered = 0
  package private(set) var lost = 0
  package private(set) var misdirected = 0

  package init(node: String) { self.node = node }

  package var total: Int { answered + lost }

  mutating func record(_ run: FateRun) {
    if run.isAnswered {
      answered += run.sequences.count
    } else {
      lost += run.sequences.count
    }
  }

  mutating func recordMisdirected(_ count: Int) { misdirected += count }
}
