import LinuxNet
import Measurement
import NamespaceLab
import Packets
import TestSupport
import Testing
import TopologyModel

@testable import NodeAgent

/// A holder that a busy machine held up.
@Suite(.takesTurns) struct LateMoveTests {
  /// Or the lateness of the machine would be a loss of the path.
  @Test(.besideOthers)
  func itAnswersWhatCameInTimeBeforeItGivesTheVIPUp() throws {
    let topology = try pair(
      failover: "{ every: 4s, announce: { count: 1 } }", probe: "{ every: 100ms }")
    let lab = try Lab(topology)
    let packets = PacketBatch(capacity: NodeEngine.mostAtOnce)
    var holder = try engine(0, of: lab)
    var client = try engine(2, of: lab)
    let start = WallClock.now
    holder.obey(.begin(round: Round(topology.paths[0].failover, start: start, settle: .zero)))
    client.obey(.begin(round: Round(nil, start: start, settle: .zero)))
    let poll = try EventPoll()
    try poll.add(try #require(holder.port.reflector).descriptor, tag: 0)
    // Until it has nothing to do but to give it up.
    try until { now in
      holder.move(now, with: packets)
      return holder.holding.isOpen && holder.nextMove - now > .seconds(1)
    }
    try until { now in
      client.probe(now, with: packets)
      return poll.wait(timeout: .milliseconds(10)) > 0
    }
    holder.move(holder.nextMove, with: packets)
    let isHeld = holder.holding.isOpen
    #expect(!isHeld)

    let answers = try EventPoll()
    try answers.add(try #require(client.port.prober).descriptor, tag: 0)
    #expect(answers.wait(timeout: .seconds(5)) > 0)
  }

  private func engine(_ place: Int, of lab: Lab) throws -> NodeEngine {
    let path = lab.topology.paths[0]
    let member = path.members[place]
    let settings = lab.topology.portSettings(
      of: member, on: path,
      interface: (
        lab.topology.interfaceName(of: member, on: path), InterfaceIndex.attachment(member.segment)
      ))
    return NodeEngine(
      lab.topology.engineSettings(of: member, on: path, StampSession(run: 1)),
      port: try lab.nodes[member.node].run { () throws(KernelError) in try PathPort(settings) })
  }

  private func until(_ isSo: (Timestamp) throws -> Bool) throws {
    let begin = WallClock.now
    while try !isSo(WallClock.now) {
      try #require(WallClock.now - begin < .seconds(30))
    }
  }
}
