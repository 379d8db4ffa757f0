import Measurement
import Packets
import TopologyModel

/// The probes of one prober that are neither answered in order nor given up, by sequence number.
/// Its memory is taken once; nothing is allocated while it is used.
struct ProbeRing: ~Copyable {
  private struct Slot {
    var sent: Timestamp
    /// `distantFuture` while there is no answer.
    var answered: Timestamp
    var reflector: NodeID
    /// Whether the answer came later than counts as served.
    var isLate: Bool
    var isResuming: Bool
  }

  /// What became of a probe.
  struct Decided: Equatable {
    var sequence: UInt32
    var sent: Timestamp
    var fate: ProbeFate
    var answered: Timestamp?
    var isResuming: Bool
  }

  private let slots: UnsafeMutableBufferPointer<Slot>
  private let mask: UInt32
  /// The sequence number of the oldest probe that is kept, and of the next one to be sent.
  private(set) var oldest: UInt32
  private(set) var next: UInt32

  /// Room for at least `count` probes, the first of which has number `first`.
  init(holding count: Int, from first: UInt32 = 0) {
    (oldest, next) = (first, first)
    var capacity = 64
    while capacity < count { capacity *= 2 }
    slots = .allocate(capacity: capacity)
    let never = Timestamp(nanoseconds: 0)
    slots.initialize(
      repeating: Slot(
        sent: never, answered: never, reflector: 0, isLate: false, isResuming: false))
    mask = UInt32(capacity - 1)
  }

  deinit { slots.deallocate() }

  var isEmpty: Bool { oldest == next }

  var isFull: Bool { next &- oldest == UInt32(slots.count) }

  /// When the oldest probe kept was sent.
  var oldestSent: Timestamp? { isEmpty ? nil : slots[Int(oldest & mask)].sent }

  /// When probe `sequence` was sent, or one that had its place; `nil` for one that was never sent.
  func sent(_ sequence: UInt32) -> Timestamp? {
    let age = next &- sequence
    guard 0 < age, age <= UInt32(slots.count) else { return nil }
    let sent = slots[Int(sequence & mask)].sent
    return sent.nanoseconds > 0 ? sent : nil
  }

  /// Who answered probe `sequence` first.
  func author(of sequence: UInt32) -> NodeID? {
    guard sent(sequence) != nil else { return nil }
    let slot = slots[Int(sequence & mask)]
    return slot.answered == .distantFuture ? nil : slot.reflector
  }

  /// Notes that the probe with number `next` was sent.
  mutating func append(sent: Timestamp, isResuming: Bool) {
    slots[Int(next & mask)] = Slot(
      sent: sent, answered: .distantFuture, reflector: 0, isLate: false, isResuming: isResuming)
    next &+= 1
  }

  /// Whether it is the first answer to a probe that was still waiting for one.
  mutating func answer(
    _ sequence: UInt32, at instant: Timestamp, by reflector: NodeID, isLate: Bool = false
  ) -> Bool {
    guard sequence &- oldest < next &- oldest else { return false }
    let index = Int(sequence & mask)
    guard slots[index].answered == .distantFuture else { return false }
    slots[index].answered = instant
    slots[index].reflector = reflector
    slots[index].isLate = isLate
    return true
  }

  /// Takes out the oldest probe if it is answered or was sent before `givenUp`.
  mutating func takeDecided(givenUp: Timestamp) -> Decided? {
    guard !isEmpty else { return nil }
    let slot = slots[Int(oldest & mask)]
    let isAnswered = slot.answered != .distantFuture
    guard isAnswered || slot.sent < givenUp else { return nil }
    defer { oldest &+= 1 }
    let fate: ProbeFate =
      !isAnswered ? .lost : slot.isLate ? .late(by: slot.reflector) : .answered(by: slot.reflector)
    return Decided(
      sequence: oldest, sent: slot.sent, fate: fate,
      answered: isAnswered && !slot.isLate ? slot.answered : nil, isResuming: slot.isResuming)
  }
}
