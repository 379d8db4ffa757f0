import LinuxNet
package import Packets

/// What one of a pair of servers hears from the other, and tells it.
package final class HeartbeatLine {
  package struct Settings: Codable, Sendable {
    /// The interface that heartbeats go out at.
    package var link: String
    package var address: IPAddress
    package var peer: IPAddress
    package var port: UInt16
    package var priority: UInt8
    /// Tells this pair from others.
    package var pair: UInt64

    package init(
      link: String, address: IPAddress, peer: IPAddress, port: UInt16, priority: UInt8,
      pair: UInt64
    ) {
      self.link = link
      self.address = address
      self.peer = peer
      self.port = port
      self.priority = priority
      self.pair = pair
    }
  }

  /// The port of Linux-HA's heartbeat, `ha-cluster` of the IANA's list.
  package static let standardPort: UInt16 = 694

  private let socket: UDPSocket
  private let packets = PacketBatch(capacity: 16)

  /// In the namespace of the calling thread.
  init(_ settings: Settings) throws(KernelError) {
    socket = try .paired(
      from: settings.address, to: settings.peer, port: settings.port, interface: settings.link)
  }

  var descriptor: Descriptor { socket.descriptor }

  /// Every word that has come.
  func drain(_ hear: (HeartbeatPacket) -> Void) {
    var count = packets.capacity
    while count == packets.capacity {
      count = packets.receive(from: socket.descriptor)
      for index in 0..<count {
        var reader = packets.packet(index).reader
        guard let packet = try? HeartbeatPacket(parsing: &reader) else { continue }
        hear(packet)
      }
    }
  }

  func send(_ packet: HeartbeatPacket) {
    _ = packet.bytes.withUnsafeBytes { socket.send($0) }
  }
}
