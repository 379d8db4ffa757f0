package import Packets

/// What became of a probe.
package enum ProbeFate: Hashable, Sendable {
  case answered(by: UInt16)
  /// Captured at a server that did not hold the VIP, and not answered.
  case misdirected(to: UInt16)
  case lost
}

/// Consecutive probes with the same fate.
struct FateRun: Sendable {
  var fate: ProbeFate
  var first: Timestamp
  var last: Timestamp
  var count: Int
}

/// The same with names, as a result keeps it: what a strip chart is drawn from.
package struct ProbeRun: Codable, Hashable, Sendable {
  /// When the first and the last of them were sent.
  package var first: Timestamp
  package var last: Timestamp
  package var count: Int
  /// The node that answered; `null` when none did.
  @Nullable package var answeredBy: String?
  /// The server that captured them without holding the VIP.
  @Nullable package var misdirectedTo: String?

  package init(
    first: Timestamp, last: Timestamp, count: Int, answeredBy: String?, misdirectedTo: String?
  ) {
    self.first = first
    self.last = last
    self.count = count
    self.answeredBy = answeredBy
    self.misdirectedTo = misdirectedTo
  }

  init(_ run: FateRun, name: (UInt16) -> String) {
    self.init(
      first: run.first, last: run.last, count: run.count, answeredBy: nil, misdirectedTo: nil)
    switch run.fate {
    case .answered(let node): answeredBy = name(node)
    case .misdirected(let node): misdirectedTo = name(node)
    case .lost: break
    }
  }

  private enum CodingKeys: String, CodingKey {
    case count
    case first = "first_ns"
    case last = "last_ns"
    case answeredBy = "answered_by"
    case misdirectedTo = "misdirected_to"
  }
}
