package import Packets
package import Records
package import TopologyModel

extension Topology {
  /// Under what a run in a lab of this topology is made.
  package func conditions(
    started: Timestamp, duration: TimeSpan, processors: Int, programs: [String: String]
  ) -> Conditions {
    Conditions(
      started: started, duration: duration, processors: processors, programs: programs,
      probe: probe.kind, failover: failover, segments: segments, nodes: nodes)
  }
}
