import Glibc
import LinuxNet
import Packets

/// Waits for the ports of a bridge: that the other end is up a bridge learns in the background, and
/// until then it forwards nothing there.
struct PortWatch {
  private let monitor: NetworkMonitor
  private var waiting: Set<Int32>

  /// Before the other ends come up.
  init(_ ports: [Int32], in namespace: Namespace) throws(KernelError) {
    monitor = try namespace.run { () throws(KernelError) in try NetworkMonitor() }
    waiting = Set(ports)
  }

  /// Takes in what has happened so far, before it is more than the kernel keeps.
  mutating func look() {
    monitor.drain { waiting.strike($0) }
  }

  mutating func await(within timeout: TimeSpan) throws(KernelError) {
    guard !waiting.isEmpty else { return }
    let areForwarding = try monitor.follow(for: timeout) { change in
      waiting.strike(change)
      return waiting.isEmpty
    }
    guard areForwarding else {
      throw KernelError(
        "wait for \(waiting.count) bridge ports to forward", code: ETIMEDOUT)
    }
  }
}

extension Set<Int32> {
  fileprivate mutating func strike(_ change: NetworkChange) {
    if case .bridgePort(let index, isForwarding: true) = change { remove(index) }
  }
}
