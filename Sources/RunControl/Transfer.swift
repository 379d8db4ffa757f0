import LinuxNet
package import NodeAgent
import Packets
package import Records

/// One run of iperf3 between two nodes, wherever they are.
package protocol Transfer {
  /// What measures: `iperf 3.12`.
  var tool: String { get }
  func run(_ mode: IperfClient.Mode) throws -> TransferResult
}

/// Between two namespaces of this machine.
struct LabTransfer: Transfer {
  /// A node and its address on the path.
  struct End {
    let namespace: Namespace
    let address: IPAddress
  }

  let iperf: Iperf
  let client: End
  let server: End
  let load: IperfClient.Load
  let interruption: Interruption

  var tool: String { iperf.version }

  func run(_ mode: IperfClient.Mode) throws -> TransferResult {
    // The program ends with the thread that started it, which enters the namespace and leaves.
    try server.namespace.result {
      let listener = try IperfServer(iperf, at: server.address, port: 0, interruption)
      defer { withExtendedLifetime(listener) {} }
      return try client.namespace.result {
        try IperfClient(iperf, from: client.address, load, interruption)
          .run(mode, to: server.address, port: listener.port)
      }
    }
  }
}

extension Namespace {
  /// What `body` gives in this namespace, or throws there.
  fileprivate func result<Value>(_ body: () throws -> Value) throws -> Value {
    var outcome: Result<Value, any Error>?
    try run { () throws(KernelError) in outcome = Result { try body() } }
    return try outcome!.get()
  }
}
