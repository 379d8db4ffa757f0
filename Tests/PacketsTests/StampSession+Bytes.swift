import Packets

extension StampSession {
  func bytes(of packet: some StampPacket) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: packetLength) { buffer, count in
      var writer = ByteWriter(UnsafeMutableRawBufferPointer(buffer))
      write(packet, to: &writer)
      count = writer.position
    }
  }

  func read<Packet: StampPacket>(_: Packet.Type, from bytes: [UInt8]) -> Packet? {
    bytes.withUnsafeBytes { read(from: ByteReader($0)) }
  }
}
