import CLinux
import Glibc
package import Packets

/// Room for packets received and sent together; frees itself.
package struct PacketBatch: ~Copyable {
  fileprivate let raw: OpaquePointer

  package let capacity: Int

  package init(capacity: Int) {
    self.capacity = capacity
    raw = clinux_batch_create(Int32(capacity))
  }

  deinit { clinux_batch_free(raw) }

  /// Receives what waits at a packet or UDP socket; the number of packets, 0 when there are none
  /// or the socket reports an error of an earlier packet.
  package borrowing func receive(from descriptor: Descriptor) -> Int {
    max(0, Int(clinux_batch_receive(raw, descriptor.rawValue)))
  }

  /// Sends packets back to where they came from. One that was discarded is passed over; one that the
  /// kernel refuses is discarded. How many it had no memory for.
  package borrowing func reply(on descriptor: Descriptor, with packets: Range<Int>) -> Int {
    var shortages = 0
    var next = packets.lowerBound
    while next < packets.upperBound {
      guard packet(next).length > 0 else {
        next += 1
        continue
      }
      var end = next + 1
      while end < packets.upperBound, packet(end).length > 0 { end += 1 }
      let taken = clinux_batch_send(raw, descriptor.rawValue, Int32(next), Int32(end))
      if taken > 0 {
        next += Int(taken)
      } else {
        if PacketBatch.isShortage(-taken) { shortages += 1 }
        packet(next).discard()
        next += 1
      }
    }
    return shortages
  }

  /// No memory; or no room in the socket's own buffer, which is as much as that.
  private static func isShortage(_ code: Int32) -> Bool {
    if case .shortage = SendOutcome(refusal: code) { return true }
    return code == EAGAIN
  }

  /// Good until the batch receives again.
  package borrowing func packet(_ index: Int) -> ReceivedPacket {
    ReceivedPacket(raw: clinux_batch_packet(raw, Int32(index)))
  }
}

/// A packet in a batch, and what the kernel said of it.
package struct ReceivedPacket {
  fileprivate let raw: UnsafeMutablePointer<clinux_packet>

  package var receivedAt: Timestamp { Timestamp(nanoseconds: raw.pointee.received_ns) }
  package var timeToLive: UInt8 { raw.pointee.time_to_live }

  /// Of a UDP datagram.
  package var sourcePort: UInt16 { raw.pointee.source_port }

  /// Whether it is here whole.
  package var isWhole: Bool { length <= capacity }

  /// Its length on the wire, though only the first bytes are kept of a long one.
  package var length: Int { Int(raw.pointee.length) }

  /// Reads the bytes that are kept; they stay valid until the batch receives again.
  package var reader: ByteReader {
    ByteReader(UnsafeRawBufferPointer(start: bytes, count: kept))
  }

  /// Copies the packet's first bytes, `most` at most; how many.
  package func copy(to buffer: inout [UInt8], at offset: Int, most: Int) -> Int {
    let count = min(kept, most)
    buffer.withUnsafeMutableBytes {
      UnsafeMutableRawBufferPointer(rebasing: $0[offset..<(offset + count)])
        .copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: count))
    }
    return count
  }

  /// Leaves nothing of it.
  package func discard() { raw.pointee.length = 0 }

  /// Writes the packet's bytes anew.
  package func replace(_ write: (inout ByteWriter) -> Void) {
    var writer = ByteWriter(UnsafeMutableRawBufferPointer(start: bytes, count: capacity))
    write(&writer)
    raw.pointee.length = UInt32(writer.position)
  }

  /// Changes those of its bytes that are kept.
  package func change(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
    body(UnsafeMutableRawBufferPointer(start: bytes, count: kept))
  }

  private var capacity: Int { Int(CLINUX_PACKET_ROOM) }
  private var kept: Int { min(length, capacity) }
  private var bytes: UnsafeMutablePointer<UInt8> { raw.pointee.bytes }
}
