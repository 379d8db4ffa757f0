import LinuxNet
import Measurement
import Packets

/// What an engine must know to tell its own doing, and its own faults, from the path's.
struct NodeWatch {
  /// Changes of its own to the VIP that the kernel has yet to tell of.
  var expectedAdditions = 0
  var expectedRemovals = 0
  /// Answers that the kernel had no memory for.
  var unsent = 0
  /// Whether the kernel has told whose MAC address the VIP's probes go to.
  var isResolved = false
  /// When the kernel was asked for changes last.
  var looked = Timestamp(nanoseconds: 0)
  /// When what is known was handed over last.
  var flushed = Timestamp(nanoseconds: 0)

  private let sockets: [Descriptor]
  private var drops: UInt32
  private var clockOffset = TimeSpan.zero

  /// Slewing moves the wall clock by 0.05 ms between two looks at most; more than this is a step.
  private static let longestSlew = TimeSpan.milliseconds(5)

  init(_ port: PathPort) {
    sockets = [
      port.capture?.descriptor, port.reflector?.descriptor, port.prober?.descriptor,
    ].compactMap { $0 }
    drops = sockets.reduce(0) { $0 &+ $1.drops }
  }

  mutating func begin(at now: Timestamp) {
    flushed = now
    expectedAdditions = 0
    expectedRemovals = 0
    unsent = 0
    drops = sockets.reduce(0) { $0 &+ $1.drops }
    clockOffset = WallClock.offsetFromMonotonic
  }

  /// What went wrong since the last look, but for probes.
  mutating func look() -> [OwnFault] {
    var faults: [OwnFault] = []
    let dropped = sockets.reduce(0) { $0 &+ $1.drops }
    if dropped != drops { faults.append(.overflowed(packets: Int(dropped &- drops))) }
    drops = dropped
    if unsent > 0 {
      faults.append(.notSent(probes: unsent, reason: "no memory for their answers"))
      unsent = 0
    }
    let offset = WallClock.offsetFromMonotonic
    let moved = offset - clockOffset
    if max(moved, .zero - moved) > NodeWatch.longestSlew {
      faults.append(.clockStepped(span: moved))
    }
    clockOffset = offset
    return faults
  }
}
