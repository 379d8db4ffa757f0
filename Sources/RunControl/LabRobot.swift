package import LinuxNet
package import NamespaceLab
import Packets
import SmallTools
import TopologyModel

/// The web service of a lab that says where a segment's switch has the VIPs. It listens at every server of the
/// segment, and knows who asks by where he does.
final class LabRobot: ControlPlane {
  private let segment: String
  private let first: String
  private let vips: [IPAddress]
  private let emulated: EmulatedSwitch
  private let server: RobotServer

  private static let loopback = IPAddress("127.0.0.1")!

  init(
    _ plan: RobotPlan, of segment: Int, in lab: Lab, driving emulated: EmulatedSwitch
  ) throws(KernelError) {
    let topology = lab.topology
    var servers: [(node: Int, name: String, address: IPAddress)] = []
    for (number, node) in topology.nodes.enumerated() where node.role == .server {
      guard let attachment = node.attachment(to: segment) else { continue }
      servers.append((number, node.name, attachment.address))
    }
    self.segment = topology.segments[segment].name
    self.emulated = emulated
    first = servers.first?.name ?? ""
    vips = topology.paths.filter { $0.segment == segment && !$0.kind.isOverlay }.map(\.vip)
    var settings = RobotService.Settings(servers: servers.map(\.address), addresses: vips)
    (settings.delay, settings.limit) = (plan.delay, plan.limit)
    (settings.errorRate, settings.faults) = (plan.errorRate, plan.faults)
    settings.seed = topology.seed ?? 0
    let names = Dictionary(uniqueKeysWithValues: servers.map { ($0.address, $0.name) })
    server = RobotServer(RobotService(settings)) { [emulated] news in
      guard case .moved(let move) = news, let name = names[move.server] else { return }
      emulated.register(move.address, at: name)
    }
    for each in servers {
      try lab.nodes[each.node].run { () throws(KernelError) in
        _ = try server.listen(at: LabRobot.loopback, port: plan.port, to: each.name)
      }
    }
  }

  func rest() -> [String] {
    let tally = server.restart()
    for vip in vips { emulated.register(vip, at: first) }
    guard tally.spoilt > 0 else { return [] }
    return [
      "the web service of \(segment) left \(tally.spoilt) of \(tally.requests) requests without a right answer"
    ]
  }

  func end() { server.close() }
}

extension Lab {
  /// Starts the web services that the switches of its segments follow.
  package func startControlPlanes() throws(KernelError) {
    for (index, segment) in topology.segments.enumerated() {
      guard case .filtering(.robot(let plan)) = segment.switchModel, let emulated = switches[index]
      else { continue }
      controlPlanes.append(try LabRobot(plan, of: index, in: self, driving: emulated))
    }
  }
}
