package import Measurement
package import Packets
package import TopologyModel

extension Topology {
  /// Under what a run in a lab of this topology is made.
  package func conditions(
    started: Timestamp, duration: TimeSpan, processors: Int, programs: [String: String]
  ) -> Conditions {
    Conditions(
      started: started, duration: duration, processors: processors, programs: programs,
      failover: FailoverConditions(
        every: failover.every, announceEvery: failover.announceEvery,
        form: failover.form.rawValue, overlap: failover.overlap, stuckAfter: failover.stuckAfter),
      segments: segments.map { segment in
        SegmentDescription(
          name: segment.name, subnet: segment.subnet.description,
          switchModel: segment.switchModel.name.rawValue, mtu: segment.mtu,
          vlan: segment.vlan.map(Int.init), delay: segment.shaping.delay,
          jitter: segment.shaping.jitter, loss: segment.shaping.loss,
          rate: segment.shaping.rate.map(Int.init))
      },
      nodes: nodes.map { node in
        NodeDescription(
          name: node.name, role: node.role.rawValue,
          addresses: Dictionary(
            uniqueKeysWithValues: node.attachments.map {
              (segments[$0.segment].name, $0.address.description)
            }))
      })
  }
}
