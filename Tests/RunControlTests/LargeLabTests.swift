import Measurement
import Packets
import Records
import RunControl
import TestSupport
import Testing
import TopologyModel

/// Labs that once were more than the kernel's tables and queues take.
@Suite(.takesTurns) struct LargeLabTests {
  /// What every member asks of all others at the start does not overflow the queues between interfaces, and
  /// what the holder answers by not the neighbour table.
  @Test(.alone, arguments: [(96, "vxlan"), (420, "native")])
  func everyProberIsServed(nodes: Int, kind: String) throws {
    let (paths, warnings) = try measured(
      mesh(nodes, kind: kind, every: "3s", probe: "150ms"), transitions: 1)
    for transition in paths[0].counted {
      #expect(transition.probers.count == nodes - 1)
      #expect(transition.probers.allSatisfy { $0.firstReply != nil && $0.probesSent > 5 })
      #expect(transition.lossOfConnectivity < .milliseconds(500))
    }
    for text in warnings {
      #expect(!text.contains("neighbour table") && !text.contains("queue between"), "\(text)")
    }
  }
}
