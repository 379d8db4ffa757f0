import Glibc
import LinuxNet
import Packets
import Synchronization
import TopologyModel

/// Answers probes at a node's own address on a path, on a thread of its own.
final class HostReflection: Sendable {
  let port: UInt16
  private let isOver: Flag
  private let thread: WorkThread

  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  /// At `port`; or, where somebody has it and it is not needed, at another.
  init(
    at address: IPAddress, interface: String, port wanted: UInt16, isNeeded: Bool,
    _ session: StampSession, node: NodeID
  ) throws(KernelError) {
    let opened = try HostReflection.socket(
      at: address, interface: interface, port: wanted, isNeeded: isNeeded)
    port = try opened.localPort()
    // Handed over whole.
    nonisolated(unsafe) let socket = opened
    nonisolated(unsafe) let reflector = StampReflector(opened, session, node: node)
    let isOver = Flag()
    self.isOver = isOver
    thread = try WorkThread("reflector") {
      let packets = PacketBatch(capacity: NodeEngine.mostAtOnce)
      while !isOver.isSet.load(ordering: .relaxed) {
        guard socket.descriptor.isReadable(within: HostReflection.pause) else { continue }
        let count = reflector.receive(into: packets)
        for index in 0..<count { _ = reflector.answer(packets.packet(index)) }
        reflector.reply(with: packets, count: count)
      }
    }
  }

  private static let pause = TimeSpan.milliseconds(20)

  private static func socket(
    at address: IPAddress, interface: String, port: UInt16, isNeeded: Bool
  ) throws(KernelError) -> UDPSocket {
    do {
      return try .listening(at: address, port: port, interface: interface)
    } catch {
      guard !isNeeded, [EADDRINUSE, EACCES].contains(error.code) else { throw error }
      return try .listening(at: address, port: 0, interface: interface)
    }
  }

  /// Returns when its port is free again.
  func end() {
    isOver.isSet.store(true, ordering: .relaxed)
    thread.join()
  }
}
