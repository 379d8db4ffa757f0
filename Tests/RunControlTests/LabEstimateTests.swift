import Foundation
import LinuxNet
import NamespaceLab
import RunControl
import TestSupport
import Testing
import TopologyModel

/// What a lab asks for, counted before it is built.
@Suite(.takesTurns, .besideOthers) struct LabEstimateTests {
  private static let plenty = LabCapacity(
    descriptors: 1 << 20, neighbours: 1 << 16, neighboursUnswept: 1 << 15, memory: 1 << 40)

  /// The refusal, and that the number of nodes which it says would do is not refused, and not much too small.
  private func refusal(
    of nodes: Int, kind: String, on capacity: LabCapacity
  ) throws -> String {
    let text = try #require(LabEstimate(mesh(nodes, kind: kind), on: capacity).refusal)
    let words = text.split { !$0.isNumber }.compactMap { Int($0) }
    let fit = try #require(words.last)
    #expect(try fit > 1 && LabEstimate(mesh(fit, kind: kind), on: capacity).refusal == nil)
    #expect(try LabEstimate(mesh(fit + fit / 4, kind: kind), on: capacity).refusal != nil)
    return text
  }

  @Test func asManyDevicesAreMadeAsWereCounted() throws {
    for topology in [try pair(), try routed(), try mesh(5, kind: "vxlan")] {
      let lab = try Lab(topology)
      for path in topology.paths { try lab.bringUp(path) }
      var devices = 0
      for namespace in lab.nodes + lab.segments {
        let table = try namespace.run {
          (try? String(contentsOfFile: "/proc/thread-self/net/dev", encoding: .utf8)) ?? ""
        }
        devices += table.split(separator: "\n").count - 2
      }
      #expect(
        LabEstimate(topology, on: LabEstimateTests.plenty).demand.devices == devices,
        "\(topology.name)")
    }
  }

  @Test func aMeshThatFillsTheMemoryIsRefused() throws {
    func with(_ memory: Int) -> LabCapacity {
      var capacity = LabEstimateTests.plenty
      capacity.memory = memory
      return capacity
    }
    let text = try refusal(of: 512, kind: "geneve", on: with(384 << 20))
    #expect(text.contains("its 263682 network devices"), "\(text)")
    _ = try refusal(of: 1_000, kind: "native", on: with(100 << 20))
    _ = try refusal(of: 512, kind: "vxlan", on: with(200 << 20))
    #expect(text.contains(" and 384 MiB are free: "), "\(text)")
  }

  @Test func aLabThatNeedsMoreDescriptorsIsRefused() throws {
    var capacity = LabEstimateTests.plenty
    capacity.descriptors = 4_096
    let text = try refusal(of: 1_000, kind: "native", on: capacity)
    #expect(text.contains("this process may have 4096 (`ulimit -Hn`)"), "\(text)")
  }

  @Test func moreThanTheNeighbourTableTakesAreRefused() throws {
    var capacity = LabEstimateTests.plenty
    capacity.neighbours = 500
    let text = try #require(LabEstimate(mesh(600), on: capacity).refusal)
    #expect(text.contains("each of its 600 members") && text.contains(" takes 500 "), "\(text)")
  }

  @Test func moreThanABridgeHasPortsForAreRefused() throws {
    #expect(try LabEstimate(mesh(1_023), on: LabEstimateTests.plenty).refusal == nil)
    let text = try #require(LabEstimate(mesh(1_024), on: LabEstimateTests.plenty).refusal)
    #expect(text.contains("segment `lan` has 1024 nodes") && text.contains("1023 ports"), "\(text)")
  }

  @Test func whatIsMoreThanProcessorsDoIsSaid() throws {
    let estimate = LabEstimate(try mesh(64, probe: "1ms"), on: LabEstimateTests.plenty)
    #expect(estimate.warning(ifPossible: 200_000) == nil)
    let text = try #require(estimate.warning(ifPossible: 32_000))
    #expect(
      text.contains("as 64000 probes/s on a native path take") && text.contains("about 32000: "))
    #expect(text.contains("--probe 4ms would leave them time"), "\(text)")
  }

  /// Neither of a machine that stands still, nor of one that has not been built yet.
  @Test func processorsAreAskedWhatTheyDo() throws {
    let possible = try #require(try LabCapacity.probesPerSecond())
    #expect(possible > 1_000 && possible < 100_000_000, "\(possible)")
  }
}
