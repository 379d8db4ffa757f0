package import Packets
package import Records
package import TopologyModel

extension Topology {
  /// The most that the segments add to a packet's way between two members of a path.
  func delay(of path: TopologyPath) -> TimeSpan {
    path.crossed.map { segments[$0].shaping }.reduce(.zero) { $0 + $1.delay + $1.jitter }
  }

  /// Under what a run in a lab of this topology is made.
  package func conditions(
    started: Timestamp, duration: TimeSpan, processors: Int, programs: [String: String]
  ) -> Conditions {
    Conditions(
      started: started, duration: duration, processors: processors, programs: programs,
      probe: probe.kind, failover: failover, segments: segments, nodes: nodes)
  }
}
