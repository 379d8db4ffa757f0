import FailoverMethods
import LinuxNet
import Measurement
import Packets

/// The kernel's tables.
extension NodeEngine {
  /// Follows the node's neighbour entry for the VIP, and changes to the VIP that are not this
  /// program's.
  mutating func followChanges() {
    let now = WallClock.now
    defer { watch.looked = now }
    var seen: [NetworkChange] = []
    port.monitor.drain { seen.append($0) }
    guard !seen.contains(.overrun) else { return lookAnew(seen, at: now) }
    for change in seen { follow(change, at: now) }
  }

  /// The kernel had more to tell than it could: what is so now counts.
  private mutating func lookAnew(_ seen: [NetworkChange], at now: Timestamp) {
    watch.expectedAdditions = 0
    watch.expectedRemovals = 0
    buffer.append(.blurred(at: now, reason: "some changes of its network went by unseen"))
    for change in seen {
      switch change {
      case .addressAdded, .addressRemoved: break
      default: follow(change, at: now)
      }
    }
    do {
      if let entry = try port.neighbourEntry() { self.follow(entry: entry) }
      let hasVIP = try port.hasVIP()
      if hasVIP { begin(foreignHoldingAt: now) } else { end(foreignHoldingAt: now) }
    } catch {
      buffer.append(.blurred(at: now, reason: "\(error)"))
    }
  }

  private mutating func follow(_ change: NetworkChange, at now: Timestamp) {
    let (interface, vip, followed) = (port.interface, port.vip, port.followed)
    switch change {
    case .neighbour(followed, let mac, let state, interface):
      follow(entry: NeighbourView(at: now, mac: mac, state: state))
    case .neighbourRemoved(followed, interface):
      follow(entry: NeighbourView(at: now, mac: nil, state: nil))
    case .addressAdded(vip, let index) where port.counts(index):
      if watch.expectedAdditions > 0 {
        watch.expectedAdditions -= 1
      } else {
        begin(foreignHoldingAt: now)
      }
    case .addressRemoved(vip, let index) where port.counts(index):
      if watch.expectedRemovals > 0 {
        watch.expectedRemovals -= 1
      } else {
        end(foreignHoldingAt: now)
      }
    case .link(interface, isUp: false):
      buffer.append(.linkDown(at: now))
    default:
      break
    }
  }

  /// The kernel tells of changes at once, to one who is not held up.
  private static let longestLook = TimeSpan.milliseconds(5)

  /// A node that has the VIP already is given nothing by being given it again.
  mutating func begin(foreignHoldingAt now: Timestamp) {
    guard !holding.isOpen else { return }
    // It may have been given since the last look: what came meanwhile came to a holder.
    holding.begin(at: max(watch.looked, now - NodeEngine.longestLook))
    stream?.pause()
    dropUnresolved()
    // What comes after a round is no part of it.
    guard phase == .running else { return }
    buffer.append(.foreignClaim(at: now))
    agent?.receive(.addressAdded, at: now - ahead)
  }

  private mutating func end(foreignHoldingAt now: Timestamp) {
    guard holding.isOpen else { return }
    holding.end(at: now)
    guard phase == .running else { return }
    stream?.resume(from: now)
    buffer.append(.foreignRelease(at: now))
    agent?.receive(.addressRemoved, at: now - ahead)
  }
}
