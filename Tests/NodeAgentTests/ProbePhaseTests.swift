import Measurement
import NodeAgent
import Packets
import Testing
import TopologyModel

/// When the probers of a path send within the interval.
@Suite struct ProbePhaseTests {
  private func phases(of nodes: Int) throws -> [TimeSpan] {
    let servers = (1...nodes).map { "  s\($0): { on: { lan: 10.0.0.\($0) } }" }
    let topology = try Topology(
      parsing: """
        segments: { lan: { subnet: 10.0.0.0/24 } }
        nodes:
        \(servers.joined(separator: "\n"))
        paths: { native: { vip: 10.0.0.200 } }
        probe: { every: 6ms }
        """, file: "many.yaml")
    let path = topology.paths[0]
    return path.members.map {
      topology.engineSettings(of: $0, on: path, StampSession(run: 1)).phase
    }
  }

  @Test func thoseOfASmallLabSendTogether() throws {
    #expect(try Set(phases(of: 32)) == [.zero])
  }

  @Test func inALargeOneNoMoreThanAreHandledTogether() throws {
    let phases = try phases(of: 80)
    #expect(Set(phases) == [.zero, .milliseconds(2), .milliseconds(4)])
    #expect(phases.count { $0 == .zero } == 32)
    #expect(phases.count { $0 == .milliseconds(4) } == 16)
  }
}
