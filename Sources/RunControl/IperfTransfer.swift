import LinuxNet
import Measurement
import NamespaceLab
import Packets
import Records

/// One run of iperf3 between two nodes.
struct IperfTransfer {
  enum Mode: Hashable {
    case forward
    case reverse
    case datagrams(bitsPerSecond: UInt64)
  }

  /// A node and its address on the path.
  struct End {
    let namespace: Namespace
    let address: IPAddress
  }

  /// Why a run gave no figure.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let iperf: Iperf
  let client: End
  let server: End
  let plan: BandwidthPlan
  let interruption: Interruption

  private static let startTimeout = TimeSpan.seconds(5)
  /// Beyond the time it measures: to connect, to exchange results.
  private static let slack = TimeSpan.seconds(10)

  /// The server is started for this run alone and ended with it, whatever happens.
  func run(_ mode: Mode) throws -> TransferResult {
    var outcome: Result<TransferResult, Failure> = .failure(Failure(description: "not run"))
    do {
      try server.namespace.run { () throws(KernelError) in
        let port = try FreePort.tcp(at: server.address)
        let listener = try NodeProgram(
          iperf.path,
          [
            "--server", "--one-off", "--forceflush", "--bind", "\(server.address)", "--port",
            "\(port)",
          ])
        defer { withExtendedLifetime(listener) {} }
        listener.read(
          until: { $0.contains("listening") }, within: IperfTransfer.startTimeout, interruption)
        guard listener.output.contains("listening") else {
          outcome = .failure(Failure(description: "the server did not start: \(listener.lastLine)"))
          return
        }
        outcome = try client.namespace.run { () throws(KernelError) in try transfer(mode, port) }
      }
    } catch {
      throw Failure(description: "\(error)")
    }
    return try outcome.get()
  }

  private func transfer(
    _ mode: Mode, _ port: UInt16
  ) throws(KernelError) -> Result<TransferResult, Failure> {
    var arguments = [
      "--client", "\(server.address)", "--bind", "\(client.address)", "--port", "\(port)",
      "--json", "--time", "\(plan.seconds)",
    ]
    switch mode {
    case .forward: arguments += ["--parallel", "\(plan.streams)"]
    case .reverse: arguments += ["--parallel", "\(plan.streams)", "--reverse"]
    case .datagrams(let rate): arguments += ["--udp", "--bitrate", "\(rate)"]
    }
    let program = try NodeProgram(iperf.path, arguments)
    let limit = TimeSpan.seconds(Int64(plan.seconds)) + IperfTransfer.slack
    program.read(until: { _ in false }, within: limit, interruption)
    guard program.hasClosed else {
      return .failure(Failure(description: "no result within \(limit)"))
    }
    return Result { () throws(Failure) in
      try IperfReport(parsing: program.output).result(of: mode)
    }
  }
}
