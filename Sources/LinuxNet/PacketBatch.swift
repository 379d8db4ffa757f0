package import CLinux
package import Packets

/// Room for packets received and sent together; frees itself.
package struct PacketBatch: ~Copyable {
  fileprivate let raw: OpaquePointer

  package init(capacity: Int) {
    raw = clinux_batch_create(Int32(capacity))
  }

  deinit { clinux_batch_free(raw) }

  /// Receives what waits at a packet or UDP socket; the number of packets, 0 when there are none
  /// or the socket reports an error of an earlier packet.
  package borrowing func receive(from descriptor: Int32) -> Int {
    max(0, Int(clinux_batch_receive(raw, descriptor)))
  }

  /// Sends packets back to where they came from; one that the kernel refuses is passed over.
  package borrowing func reply(on descriptor: Int32, with packets: Range<Int>) {
    var next = packets.lowerBound
    while next < packets.upperBound {
      let taken = clinux_batch_send(raw, descriptor, Int32(next), Int32(packets.upperBound))
      next += max(1, Int(taken))
    }
  }

  package borrowing func packet(_ index: Int) -> UnsafeMutablePointer<clinux_packet> {
    clinux_batch_packet(raw, Int32(index))
  }
}

extension UnsafeMutablePointer<clinux_packet> {
  package var receivedAt: Timestamp { Timestamp(nanoseconds: pointee.received_ns) }
  package var timeToLive: UInt8 { pointee.time_to_live }

  /// Reads the packet's bytes; they stay valid until the batch receives again.
  package var reader: ByteReader {
    let all = MemoryLayout.size(ofValue: pointee.bytes)
    return ByteReader(
      UnsafeRawBufferPointer(start: bytes, count: min(Int(pointee.length), all)))
  }

  package var length: Int { Int(pointee.length) }

  /// Copies the packet's first bytes, `most` at most; how many.
  package func copy(to buffer: inout [UInt8], at offset: Int, most: Int) -> Int {
    let count = min(length, min(most, MemoryLayout.size(ofValue: pointee.bytes)))
    buffer.withUnsafeMutableBytes {
      UnsafeMutableRawBufferPointer(rebasing: $0[offset..<(offset + count)])
        .copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: count))
    }
    return count
  }

  /// Writes the packet's bytes anew.
  package func replace(with packet: some WireFormat) {
    var writer = ByteWriter(
      UnsafeMutableRawBufferPointer(
        start: bytes, count: MemoryLayout.size(ofValue: pointee.bytes)))
    packet.write(to: &writer)
    pointee.length = UInt32(writer.position)
  }

  private var bytes: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(self) + MemoryLayout<clinux_packet>.offset(of: \.bytes)!
  }
}
