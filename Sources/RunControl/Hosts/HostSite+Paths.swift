package import LinuxNet
package import Measurement
package import NodeAgent
import Packets
package import Records
package import TopologyModel

/// What a run asks of hosts.
extension HostSite {
  package func bringUp(_ path: TopologyPath) throws {
    guard path.kind.isOverlay else { return }
    let nodes = path.members.map(\.node)
    _ = try askAll(nodes) { _ in .raise(path: path.name) }
    let name = path.name
    for node in nodes { channels[node].remember(HostDeed { .raise(path: name) }) }
  }

  /// After `fleet`, which opens the path.
  package func roster(of path: TopologyPath) throws -> PathRoster {
    topology.roster(of: path) { opened[path.name]?[$0.node]?.recovery }
  }

  package func fleet(
    on path: TopologyPath, run: UInt64, recordedFrames: Int
  ) throws -> any Fleet {
    let nodes = path.members.map(\.node)
    // A key of the path's own: what is of another's is a stranger's.
    let session = StampSession(run: run, key: .random())
    let answers = try askAll(nodes) { _ in
      .open(path: path.name, session: session, recordedFrames: recordedFrames, again: nil)
    }
    let (name, began, interval) = (path.name, WallClock.monotonic, topology.probe.every)
    for node in nodes {
      channels[node].remember(
        HostDeed {
          // More than can have been sent by whichever clock; no number is one that the others know.
          let span = WallClock.monotonic - began
          let sent = (span + span / 1_000 + .seconds(60)).nanoseconds / interval.nanoseconds
          return .open(
            path: name, session: session, recordedFrames: recordedFrames,
            again: UInt32(truncatingIfNeeded: sent))
        })
    }
    for (node, answer) in zip(nodes, answers) {
      guard case .opened(let link, let recovery) = answer else { throw Misunderstood() }
      opened[path.name, default: [:]][node] = (link, recovery)
    }
    return try HostFleet(
      path.name,
      Dictionary(uniqueKeysWithValues: nodes.map { (channels[$0].number, channels[$0]) }))
  }

  package func survey(_ path: TopologyPath, at member: PathMember) throws -> LinkDescription {
    guard let link = opened[path.name]?[member.node]?.link else { throw Misunderstood() }
    return link
  }

  package func meter(
    _ path: TopologyPath, between pair: MeasuredPair, interruption: Interruption
  ) throws -> any LatencyMeter {
    HostMeter(
      path.name, from: channels[pair.from.node], to: channels[pair.to.node],
      address: pair.to.address)
  }

  package func transfer(
    _ path: TopologyPath, between pair: MeasuredPair, _ load: IperfClient.Load,
    interruption: Interruption
  ) throws(Iperf.Missing) -> any Transfer {
    for node in [pair.from.node, pair.to.node] where !facts[node].iperf.hasPrefix("iperf ") {
      throw Iperf.Missing(description: "\(topology.nodes[node].name): \(facts[node].iperf)")
    }
    return HostTransfer(
      tool: facts[pair.from.node].iperf, path: path.name, client: channels[pair.from.node],
      server: channels[pair.to.node], address: pair.to.address, load: load)
  }

  /// No switch here is ours.
  package func follow(_ claim: Claim, on path: TopologyPath) {}

  package func rest() -> [String] { [] }
}
