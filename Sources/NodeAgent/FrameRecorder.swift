package import LinuxNet
import Packets

/// The latest frames of a path at one node, in and out, in memory that is taken once.
package final class FrameRecorder {
  package static let snapLength = 128

  struct Frame {
    var at: Timestamp
    var length: Int
    var kept: ArraySlice<UInt8>
  }

  private struct Slot {
    var at: Timestamp
    var length: UInt32
    var kept: UInt32
  }

  private let socket: PacketSocket
  private var slots: [Slot] = []
  private var bytes: [UInt8]
  private let capacity: Int
  private var next = 0

  /// Room for `capacity` frames; `socket` sees what goes out, too.
  package init(_ socket: PacketSocket, capacity: Int) {
    self.socket = socket
    self.capacity = capacity
    slots.reserveCapacity(capacity)
    bytes = Array(repeating: 0, count: capacity * FrameRecorder.snapLength)
  }

  var descriptor: Descriptor { socket.descriptor }

  /// Takes in what waits at the socket; how many frames.
  @discardableResult
  func receive(_ packets: borrowing PacketBatch) -> Int {
    let count = packets.receive(from: socket.descriptor)
    for index in 0..<count {
      let packet = packets.packet(index)
      let kept = packet.copy(
        to: &bytes, at: next * FrameRecorder.snapLength, most: FrameRecorder.snapLength)
      let slot = Slot(
        at: packet.receivedAt, length: UInt32(packet.length), kept: UInt32(kept))
      if slots.count < capacity { slots.append(slot) } else { slots[next] = slot }
      next = (next + 1) % capacity
    }
    return count
  }

  /// Those seen from `begin` to `end`, in their order.
  func frames(from begin: Timestamp, to end: Timestamp) -> [Frame] {
    slots.indices.filter { begin <= slots[$0].at && slots[$0].at <= end }
      .sorted { slots[$0].at < slots[$1].at }
      .map { index in
        let start = index * FrameRecorder.snapLength
        return Frame(
          at: slots[index].at, length: Int(slots[index].length),
          kept: bytes[start..<(start + Int(slots[index].kept))])
      }
  }
}
