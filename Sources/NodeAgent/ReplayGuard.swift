import Measurement
import Packets
import TopologyModel

/// Tells a probe that was sent long ago, and again by somebody who kept it, from one that was sent now.
/// A copy that comes while its answer would still count cannot be told from one that the network made.
struct ReplayGuard {
  /// Of each prober the highest number that came.
  private var latest: [UInt32?]
  /// By how much a number may be behind that.
  private let most: UInt32

  init(probers: Int, every interval: TimeSpan) {
    latest = Array(repeating: nil, count: probers)
    most = UInt32(clamping: (2 * TransitionLedger.replyTimeout).nanoseconds / interval.nanoseconds)
  }

  mutating func admits(_ sequence: UInt32, of prober: NodeID) -> Bool {
    let slot = Int(prober.rawValue)
    guard latest.indices.contains(slot) else { return false }
    guard let highest = latest[slot] else {
      latest[slot] = sequence
      return true
    }
    // Numbers begin anew after 2^32.
    let ahead = Int32(bitPattern: sequence &- highest)
    if ahead > 0 { latest[slot] = sequence }
    return ahead >= 0 || ahead.magnitude <= most
  }
}
