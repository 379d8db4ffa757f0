import Measurement
import Packets

/// Who sent the frames by which a watched address answered, by the number or the port that a frame
/// shares with its probe. Its memory is taken once.
struct Speakers {
  private struct Slot {
    var key: UInt32
    var mac: MACAddress
  }

  /// Of which frames are taken in but the answers in them are not yet: far fewer than this.
  private static let capacity = 1024

  private var slots: [Slot?]
  /// Who is spoken to, where no frame tells.
  var otherwise = Responder.unknown

  /// With no room where frames are not captured.
  init(seesFrames: Bool) {
    slots = Array(repeating: nil, count: seesFrames ? Speakers.capacity : 0)
  }

  mutating func heard(_ mac: MACAddress, answering key: UInt32) {
    slots[Int(key) % Speakers.capacity] = Slot(key: key, mac: mac)
  }

  /// The sender of the frame with that key.
  func speaker(_ key: UInt32) -> Responder {
    guard !slots.isEmpty, let slot = slots[Int(key) % Speakers.capacity], slot.key == key else {
      return otherwise
    }
    return .at(slot.mac)
  }
}
