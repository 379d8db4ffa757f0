import Glibc
import LinuxNet
import Packets
import Synchronization
import TopologyModel

/// Answers probes at a node's own address on a path, on a thread of its own.
final class HostReflection: Sendable {
  let port: UInt16
  private let isOver = Atomic(false)

  /// STAMP's port where nobody has it, so that one firewall rule is enough.
  init(at address: IPAddress, interface: String, run: UInt64, node: NodeID) throws(KernelError) {
    let opened = try HostReflection.socket(at: address, interface: interface)
    port = try opened.localPort()
    // Handed over whole.
    nonisolated(unsafe) let socket = opened
    nonisolated(unsafe) let reflector = StampReflector(opened, run: run, node: node)
    _ = try WorkThread("reflector") { [self] in
      let packets = PacketBatch(capacity: NodeEngine.mostAtOnce)
      while !isOver.load(ordering: .relaxed) {
        guard socket.descriptor.isReadable(within: .milliseconds(200)) else { continue }
        let count = reflector.receive(into: packets)
        for index in 0..<count { _ = reflector.answer(packets.packet(index)) }
        reflector.reply(with: packets, count: count)
      }
    }
  }

  private static func socket(
    at address: IPAddress, interface: String
  ) throws(KernelError) -> UDPSocket {
    do {
      return try .listening(at: address, port: standardPort, interface: interface)
    } catch {
      guard error.code == EADDRINUSE || error.code == EACCES else { throw error }
      return try .listening(at: address, port: 0, interface: interface)
    }
  }

  /// RFC 8762, section 4.1.
  private static let standardPort: UInt16 = 862

  func end() { isOver.store(true, ordering: .relaxed) }
}
