package import LinuxNet
import Packets

/// The latest frames of a path at one node, in and out, in memory that is taken once.
package final class FrameRecorder {
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
    bytes = Array(repeating: 0, count: capacity * KeptFrames.snapLength)
  }

  var descriptor: Descriptor { socket.descriptor }

  /// Takes in what waits at the socket; how many frames.
  @discardableResult
  func receive(_ packets: borrowing PacketBatch) -> Int {
    let count = packets.receive(from: socket.descriptor)
    for index in 0..<count {
      let packet = packets.packet(index)
      let kept = packet.copy(
        to: &bytes, at: next * KeptFrames.snapLength, most: KeptFrames.snapLength)
      let slot = Slot(
        at: packet.receivedAt, length: UInt32(packet.length), kept: UInt32(kept))
      if slots.count < capacity { slots.append(slot) } else { slots[next] = slot }
      next = (next + 1) % capacity
    }
    return count
  }

  /// Those seen from `begin` to `end`.
  func frames(from begin: Timestamp, to end: Timestamp) -> KeptFrames {
    var kept = KeptFrames()
    kept.reserve(slots.count { begin <= $0.at && $0.at <= end })
    // Nothing was overwritten while there is room.
    if slots.count == capacity, slots[next].at > begin { kept.missingUntil = slots[next].at }
    for index in slots.indices where begin <= slots[index].at && slots[index].at <= end {
      let start = index * KeptFrames.snapLength
      kept.append(
        bytes[start..<(start + Int(slots[index].kept))], length: Int(slots[index].length),
        at: slots[index].at)
    }
    return kept
  }
}
