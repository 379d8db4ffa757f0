import Measurement
import Packets

/// The probes of one prober that are neither answered in order nor given up, by sequence number.
/// Its memory is taken once; nothing is allocated while it is used.
struct ProbeRing: ~Copyable {
  private struct Slot {
    var sent: Timestamp
    /// `distantFuture` while there is no answer.
    var answered: Timestamp
    var reflector: UInt16
    var misdirectedTo: UInt16?
    var hasReachedHolder: Bool
    var wasReflected: Bool
    var isResuming: Bool
  }

  private let slots: UnsafeMutableBufferPointer<Slot>
  private let mask: UInt32
  /// The sequence number of the oldest probe that is kept, and of the next one to be sent.
  private var oldest: UInt32 = 0
  private(set) var next: UInt32 = 0

  /// Room for at least `count` probes.
  init(holding count: Int) {
    var capacity = 64
    while capacity < count { capacity *= 2 }
    slots = .allocate(capacity: capacity)
    mask = UInt32(capacity - 1)
  }

  deinit { slots.deallocate() }

  var isEmpty: Bool { oldest == next }

  var isFull: Bool { next &- oldest == UInt32(slots.count) }

  /// When the oldest probe kept was sent.
  var oldestSent: Timestamp? { isEmpty ? nil : slots[Int(oldest & mask)].sent }

  /// Notes that the probe with number `next` was sent.
  mutating func append(sent: Timestamp, isResuming: Bool) {
    slots.initializeElement(
      at: Int(next & mask),
      to: Slot(
        sent: sent, answered: .distantFuture, reflector: ProbeTLV.noReflector,
        misdirectedTo: nil, hasReachedHolder: false, wasReflected: false,
        isResuming: isResuming))
    next &+= 1
  }

  /// Whether it is the first answer to a probe that was still waiting for one.
  mutating func answer(_ sequence: UInt32, at instant: Timestamp, by reflector: UInt16) -> Bool {
    guard sequence &- oldest < next &- oldest else { return false }
    let index = Int(sequence & mask)
    guard slots[index].answered == .distantFuture else { return false }
    slots[index].answered = instant
    slots[index].reflector = reflector
    return true
  }

  /// Notes that `server` captured a probe without holding the VIP.
  mutating func misdirect(_ sequence: UInt32, to server: UInt16) {
    slot(sequence)?.pointee.misdirectedTo = server
  }

  /// Notes that a probe was captured at the holder.
  mutating func reach(_ sequence: UInt32) {
    slot(sequence)?.pointee.hasReachedHolder = true
  }

  /// Notes that the holder answers a probe, or that its answer came too late to count.
  mutating func reflect(_ sequence: UInt32, inTime: Bool) {
    slot(sequence)?.pointee.wasReflected = inTime
  }

  /// The probe with that number, while it is kept.
  private func slot(_ sequence: UInt32) -> UnsafeMutablePointer<Slot>? {
    guard sequence &- oldest < next &- oldest else { return nil }
    return slots.baseAddress.map { $0 + Int(sequence & mask) }
  }

  /// Takes out the oldest probe if it is answered or was sent before `givenUp`.
  mutating func takeDecided(givenUp: Timestamp) -> ProbeOutcome? {
    guard !isEmpty else { return nil }
    let slot = slots[Int(oldest & mask)]
    let isAnswered = slot.answered != .distantFuture
    guard isAnswered || slot.sent < givenUp else { return nil }
    oldest &+= 1
    var outcome = ProbeOutcome(
      sent: slot.sent, answered: isAnswered ? slot.answered : nil, reflector: slot.reflector,
      misdirectedTo: slot.misdirectedTo, isResuming: slot.isResuming)
    outcome.hasReachedHolder = slot.hasReachedHolder
    outcome.wasReflected = slot.wasReflected
    return outcome
  }
}
