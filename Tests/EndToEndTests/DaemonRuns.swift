import Foundation
import Measurement
import Records
import TestSupport
import Testing

/// Runs in which daemons decide who holds the VIP.
enum DaemonRuns {
  static func topology(
    _ failover: String, paths: String = "native: { vip: 10.0.1.200 }"
  ) throws -> String {
    try temporaryFile(
      "daemons.yaml",
      """
      segments: { lan: { subnet: 10.0.1.0/24 } }
      nodes:
        alpha:  { on: { lan: 10.0.1.20 } }
        bravo:  { on: { lan: 10.0.1.21 } }
        client: { on: { lan: 10.0.1.4 }, role: client }
      paths:
        \(paths)
      failover: { \(failover) }
      """)
  }

  /// Runs of it until `enough` of the transitions of every path count, by path: on a busy machine many
  /// are void.
  static func transitions(
    of topology: String, handovers: Int, enough: Int, wrapper: [String] = []
  ) throws -> [String: [TransitionRecord]] {
    var all: [String: [TransitionRecord]] = [:]
    for _ in 0..<4 where all.isEmpty || !all.values.allSatisfy({ $0.areEnough(enough) }) {
      let (json, journal, again) = (
        try temporaryFile("run.json"), try temporaryFile("run.jsonl"),
        try temporaryFile("again.json")
      )
      let outcome = try Program(
        [
          "compare", topology, "--handovers", "\(handovers)", "--no-latency", "--no-bandwidth",
          "--json", json, "--journal", journal,
        ], wrapper: wrapper
      ).finish()
      #expect(outcome.code == 0 || outcome.isSpoilt, "\(outcome.error)")
      try expectSchema(json)
      let run = try savedRun(json)
      for path in run.paths {
        all[path.name, default: []] += path.transitions.filter { $0.verdict != .void }
      }
      #expect(try Program.run("judge", journal, "--json", again).code == 0)
      #expect(FileManager.default.contentsEqual(atPath: json, andPath: again))
    }
    return all
  }
}

extension [TransitionRecord] {
  /// So many of them, and where something broke, that and its end.
  fileprivate func areEnough(_ enough: Int) -> Bool {
    let kinds = Set(compactMap(\.disturbance))
    guard kinds.isSubset(of: [.fault, .recovery, .observed]) else { return count >= enough }
    return count >= enough && kinds.contains(.fault) && (enough == 1 || kinds.contains(.recovery))
  }
}
