import Foundation
import Packets
import Records
import Testing
import TopologyModel

/// A record holds the topology that it ran.
@Suite struct ConditionsTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("topologies")

  private static let topologies =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
    .filter { $0.hasSuffix(".yaml") } ?? []

  private func conditions(_ name: String) throws -> (Topology, Conditions) {
    let file = ConditionsTests.folder.appendingPathComponent(name)
    let topology = try Topology(
      parsing: try String(contentsOf: file, encoding: .utf8), file: name)
    return (
      topology,
      Conditions(
        started: Timestamp(nanoseconds: 1), duration: .seconds(1), processors: 2, programs: [:],
        failover: topology.failover, segments: topology.segments, nodes: topology.nodes)
    )
  }

  @Test(arguments: topologies)
  func whatRanIsReadAgain(name: String) throws {
    let (topology, conditions) = try conditions(name)
    let read = try JSONDecoder().decode(Conditions.self, from: JSONEncoder().encode(conditions))
    #expect(read == conditions)
    for path in topology.paths {
      let settings = try JSONDecoder().decode(
        FailoverSettings.self, from: JSONEncoder().encode(path.failover))
      #expect(settings == path.failover)
    }
  }

  /// Parameters of switch models and the method are younger than the format.
  @Test(arguments: topologies)
  func filesOfTheVersionBeforeAreRead(name: String) throws {
    let (_, conditions) = try conditions(name)
    var written = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(conditions)) as? [String: Any])
    var segments = try #require(written["segments"] as? [[String: Any]])
    for index in segments.indices {
      for key in ["probability", "hold_ns", "api_delay_ns"] { segments[index][key] = nil }
    }
    written["segments"] = segments
    var failover = try #require(written["failover"] as? [String: Any])
    if conditions.failover?.method == .juggle { failover["method"] = nil }
    written["failover"] = failover
    let read = try JSONDecoder().decode(
      Conditions.self, from: JSONSerialization.data(withJSONObject: written))
    #expect(read.nodes == conditions.nodes && read.failover == conditions.failover)
    #expect(read.segments.map(\.switchModel.name) == conditions.segments.map(\.switchModel.name))
  }

  @Test func anUnknownAnnouncementIsRefused() throws {
    let text = """
      {"form": "loudly", "every_ns": 1, "announce_every_ns": 1, "overlap_ns": 0, "stuck_after_ns": 1}
      """
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(FailoverSettings.self, from: Data(text.utf8))
    }
  }
}
