import LinuxNet
import Measurement
import NamespaceLab
import Packets
import Records
import RunControl
import TestSupport
import Testing
import TopologyModel

/// Latency, bandwidth and what explains them, on the running kernel. One at a time: they measure.
@Suite(.takesTurns) struct RestingPathTests {
  private let topology: Topology

  init() throws {
    topology = try pair()
  }

  private func measure(
    latency: LatencyPlan? = nil, bandwidth: BandwidthPlan? = nil, paths: Int = 2,
    rounds: Int = ExperimentPlan.leastRounds,
    before: (Lab) throws -> Void = { _ in }
  ) throws -> [PathRecord] {
    let lab = try Lab(topology)
    let experiment = try Experiment(
      site: lab, paths: Array(topology.paths.prefix(paths)), skipped: [:],
      plan: ExperimentPlan(
        transitions: 0, rounds: rounds, latency: latency, bandwidth: bandwidth),
      interruption: Interruption()
    ) { _ in }
    try before(lab)
    _ = experiment.run()
    return experiment.results
  }

  @Test func everyProbeOfAQuietPathIsCountedOnce() throws {
    for path in try measure(latency: LatencyPlan(interval: .milliseconds(1), samples: 100)) {
      let latency = try #require(path.latency)
      #expect(latency.from == "client" && latency.to == "alpha")
      #expect(latency.rounds.map(\.round) == [1, 2, 3, 4, 5])
      #expect(latency.rounds.allSatisfy { $0.samples + $0.lost == 100 })
      #expect(latency.samples == 500 && latency.lost == 0 && latency.duplicates == 0)
      #expect(.zero < latency.min && latency.min <= latency.p50 && latency.p99 <= latency.max)
      let forward = try #require(latency.forward)
      let backward = try #require(latency.backward)
      #expect(forward.min + backward.min <= latency.min + .microseconds(1))
      #expect(path.bandwidth == nil && path.bandwidthMissing == nil)
    }
  }

  /// A port that delivers to nobody: every probe is lost, and said to be.
  @Test(.besideOthers) func probesThatAreLostAreCounted() throws {
    let plan = LatencyPlan(interval: .milliseconds(1), samples: 5)
    let results = try measure(latency: plan, paths: 1) { lab in
      _ = try run("ip", "address", "flush", "dev", "lan", in: lab.nodes[0])
    }
    #expect(results.map { $0.latency?.samples } == [nil])
    #expect(results[0].latencyMissing == "none of 25 probes was answered")
  }

  @Test func bandwidthIsMeasuredInBothDirectionsEveryRound() throws {
    let plan = BandwidthPlan(streams: 2, datagramRate: 10_000_000)
    for path in try measure(bandwidth: plan, paths: 1, rounds: 2) {
      let bandwidth = try #require(path.bandwidth, "\(path.bandwidthMissing ?? "")")
      #expect(bandwidth.tool.hasPrefix("iperf 3."))
      #expect(bandwidth.rounds.map(\.round) == [1, 2])
      #expect(bandwidth.rounds.flatMap(\.failures) == [])
      #expect(try #require(bandwidth.bitsPerSecond) > 1e8)
      #expect(try #require(bandwidth.reverseBitsPerSecond) > 1e8)
      #expect(bandwidth.streams == 2)
      #expect(bandwidth.congestionControl != nil && bandwidth.retransmits != nil)
      #expect(try #require(bandwidth.senderCPU) > 0)
      let udp = try #require(bandwidth.udp)
      #expect(udp.asked == 10e6 && udp.lossRatio < 0.5, "\(udp)")
      #expect(udp.bitsPerSecond <= 10.5e6, "\(udp) \(bandwidth.rounds.map(\.udp))")
    }
  }

  /// The segment's port to alpha takes smaller packets than alpha's own interface says.
  @Test(.besideOthers) func thePathMTUIsFoundWhereTheLinksIsNot() throws {
    let topology = topology
    let lab = try Lab(topology)
    let experiment = try Experiment(
      site: lab, paths: topology.paths, skipped: [:],
      plan: ExperimentPlan(transitions: 0),
      interruption: Interruption()
    ) { _ in }
    _ = experiment.run()
    #expect(experiment.results.map { $0.link?.pathMTU } == [1500, 1450])

    _ = try run("ip", "link", "set", "dev", "alpha", "mtu", "1400", in: lab.segments[0])
    _ = experiment.run()
    let found = experiment.results.map { $0.link?.pathMTU }
    // A bridge lets the four bytes of a tag pass beyond its port's MTU.
    #expect(found == [1404, 1354])
  }

  @Test(.besideOthers) func whatExplainsTheFiguresIsReadFromTheKernel() throws {
    let lab = try Lab(topology)
    let experiment = try Experiment(
      site: lab, paths: topology.paths, skipped: [:],
      plan: ExperimentPlan(transitions: 0),
      interruption: Interruption()
    ) { _ in }
    let links = experiment.results.compactMap(\.link)
    #expect(links.map { $0.interfaces.map(\.name) } == [["lan"], ["vxlan", "lan"]])
    #expect(links[1].interfaces.map(\.mtu) == [1450, 1500])
    for link in links {
      for interface in link.interfaces {
        let offloads = try #require(interface.offloads)
        let shown = try run("ethtool", "--show-features", interface.name, in: lab.nodes[2])
        for (long, name) in [
          ("tcp-segmentation-offload", "tx-tcp-segmentation"),
          ("generic-segmentation-offload", "tx-generic-segmentation"),
          ("generic-receive-offload", "rx-gro"), ("rx-checksumming", "rx-checksum"),
        ] {
          let state = offloads[name] == true ? "on" : "off"
          #expect(shown.contains("\(long): \(state)"), "\(interface.name) \(name)\n\(shown)")
        }
      }
      #expect(link.sysctls["net.ipv4.tcp_congestion_control"] != nil)
    }
    #expect(links[0].sysctls["net.ipv4.neigh.lan.locktime"] != nil)
  }
}
