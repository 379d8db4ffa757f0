package import LinuxNet
package import Packets
package import Records

/// Sends to a server of iperf3, once.
package struct IperfClient {
  package enum Mode: Codable, Hashable, Sendable {
    case forward
    case reverse
    case datagrams(bitsPerSecond: UInt64)
  }

  /// How long, and by how many streams.
  package struct Load: Codable, Hashable, Sendable {
    package var seconds: Int
    package var streams: Int

    package init(seconds: Int, streams: Int) {
      self.seconds = seconds
      self.streams = streams
    }

    /// No run takes longer, connecting and exchanging results included.
    package var limit: TimeSpan { .seconds(Int64(seconds)) + .seconds(10) }
  }

  private let iperf: Iperf
  private let own: IPAddress
  private let load: Load
  private let interruption: Interruption?

  /// In the namespace of the threads that run it, from the address `own`.
  package init(
    _ iperf: Iperf, from own: IPAddress, _ load: Load, _ interruption: Interruption? = nil
  ) {
    self.iperf = iperf
    self.own = own
    self.load = load
    self.interruption = interruption
  }

  package func run(
    _ mode: Mode, to address: IPAddress, port: UInt16
  ) throws -> TransferResult {
    var arguments = [
      "--client", "\(address)", "--bind", "\(own)", "--port", "\(port)", "--json", "--time",
      "\(load.seconds)",
    ]
    switch mode {
    case .forward: arguments += ["--parallel", "\(load.streams)"]
    case .reverse: arguments += ["--parallel", "\(load.streams)", "--reverse"]
    case .datagrams(let rate): arguments += ["--udp", "--bitrate", "\(rate)"]
    }
    let program = try NodeProgram(iperf.path, arguments)
    program.read(until: { _ in false }, within: load.limit, interruption)
    guard program.hasClosed else {
      throw IperfFailure(description: "no result within \(load.limit)")
    }
    return try IperfReport(parsing: program.output).result(of: mode)
  }
}
