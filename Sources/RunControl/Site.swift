package import LinuxNet
package import Measurement
package import NodeAgent
package import Packets
package import Records
package import TopologyModel

/// Where the nodes of a topology are, and what a run asks of that place: a lab on this machine, or
/// hosts.
package protocol Site: AnyObject {
  var topology: Topology { get }

  /// Brings the path's tunnels up in all its nodes; nothing on a native path.
  func bringUp(_ path: TopologyPath) throws

  /// Who takes part in a path, and how it is judged.
  func roster(of path: TopologyPath) throws -> PathRoster

  /// The agents of every node of the path, each of which keeps `recordedFrames` frames for captures.
  /// Packets of the run carry the number `run`.
  func fleet(on path: TopologyPath, run: UInt64, recordedFrames: Int) throws -> any Fleet

  /// What a path runs over at `member`.
  func survey(_ path: TopologyPath, at member: PathMember) throws -> LinkDescription

  /// What measures latency between two nodes of a path.
  func meter(
    _ path: TopologyPath, between pair: MeasuredPair, interruption: Interruption
  ) throws -> any LatencyMeter

  /// What measures bandwidth between them.
  func transfer(
    _ path: TopologyPath, between pair: MeasuredPair, _ load: IperfClient.Load,
    interruption: Interruption
  ) throws(Iperf.Missing) -> any Transfer

  /// Takes note of a move of the VIP.
  func follow(_ claim: Claim, on path: TopologyPath)

  /// Ends what a measurement has set off; what went wrong meanwhile.
  func rest() -> [String]
}

/// Measures a path at rest, from one of its nodes to another and back.
package protocol LatencyMeter {
  /// Whether both ends tell the time by the same clock.
  var hasOneClock: Bool { get }

  /// The round trips of `samples` probes, one every `interval`, after those of `warmUp`; `nil` when
  /// it was interrupted. Where a host was lost meanwhile, nothing is known of the path.
  func measureLatency(
    every interval: TimeSpan, samples: Int, warmUp: TimeSpan
  ) throws(HostFailure) -> LatencyRecorder?

  /// The largest packet that may not be fragmented and still arrives, `largest` at most, when an
  /// answer takes up to `delay`; `nil` when none does.
  func pathMTU(largest: Int, delay: TimeSpan) -> Int?
}

extension PathMeter: LatencyMeter {
  package var hasOneClock: Bool { true }
}
