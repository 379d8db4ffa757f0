package import LinuxNet
package import Packets

/// One that serves one run of iperf3, started for it alone and ended with it, whatever happens.
package final class IperfServer {
  package let port: UInt16
  private let program: NodeProgram

  private static let startTimeout = TimeSpan.seconds(5)

  /// In the namespace of the calling thread; at `wanted`, or where that is taken at one that is free.
  package init(
    _ iperf: Iperf, at address: IPAddress, port wanted: UInt16 = 0,
    _ interruption: Interruption? = nil
  ) throws {
    port = try FreePort.tcp(at: address, preferring: wanted)
    program = try NodeProgram(
      iperf.path,
      ["--server", "--one-off", "--forceflush", "--bind", "\(address)", "--port", "\(port)"])
    program.read(
      until: { $0.contains("listening") }, within: IperfServer.startTimeout, interruption)
    guard program.output.contains("listening") else {
      throw IperfFailure(description: "the server did not start: \(program.lastLine)")
    }
  }
}

/// Why a run of iperf3 gave no figure.
package struct IperfFailure: Error, Codable, Hashable, CustomStringConvertible {
  package let description: String

  package init(description: String) { self.description = description }
}
