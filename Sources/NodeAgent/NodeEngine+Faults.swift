import LinuxNet
import Measurement
import Packets
import TopologyModel

/// What breaks at the node on purpose.
extension NodeEngine {
  mutating func breakDown(_ fault: FaultName, due: Timestamp) {
    let now = WallClock.now
    switch fault {
    case .kill: daemon?.kill()
    case .crash:
      daemon?.kill()
      if holding.isOpen { release() }
      // A machine that is down does not probe, either.
      stream?.pause()
    case .stop: daemon?.suspend()
    case .linkDown: plug(isIn: false)
    }
    buffer.append(.broken(fault, at: now, due: due))
  }

  mutating func mend(_ fault: FaultName, due: Timestamp) {
    let now = WallClock.now
    switch fault {
    case .kill: daemon?.start()
    case .crash:
      daemon?.start()
      stream?.resume(from: now)
    case .stop: daemon?.resume()
    case .linkDown: plug(isIn: true)
    }
    buffer.append(.mended(fault, at: now, due: due))
  }

  private mutating func plug(isIn: Bool) {
    do {
      try port.cable?.plug(isIn: isIn)
    } catch {
      let deed = isIn ? "be plugged in again to hold" : "be unplugged, holding"
      buffer.append(.refused(deed: deed, at: WallClock.now, reason: "\(error)"))
    }
  }

  /// Whether other programs than this move the VIP at the node.
  var isOfPrograms: Bool { daemon != nil || script != nil }

  /// What the daemon did by itself, and where commands failed.
  mutating func followPrograms(at now: Timestamp) {
    for (deed, words) in script?.takeNews() ?? [] {
      buffer.append(.refused(deed: deed.rawValue, at: now, reason: words))
    }
    for news in daemon?.takeNews() ?? [] {
      buffer.append(.daemonEnded(at: now, words: news))
    }
  }
}
