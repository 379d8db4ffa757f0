package import Packets
package import Records
package import TopologyModel

extension FailoverConditions {
  /// Of a VIP of `family`.
  init(_ settings: FailoverSettings, family: IPFamily = .v4) {
    self.init(
      every: settings.every, announceEvery: settings.announceEvery,
      form: settings.form.name(in: family),
      overlap: settings.overlap, stuckAfter: settings.stuckAfter,
      heal: settings.healing)
  }
}

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
      failover: FailoverConditions(failover),
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
          name: node.name, role: node.role,
          addresses: Dictionary(
            uniqueKeysWithValues: node.attachments.map {
              (segments[$0.segment].name, $0.address.description)
            }),
          neighbourSettings: node.neighbourSettings.isEmpty
            ? nil
            : Dictionary(
              uniqueKeysWithValues: node.neighbourSettings.map {
                ($0.parameter.rawValue, Int($0.value))
              }))
      })
  }
}
