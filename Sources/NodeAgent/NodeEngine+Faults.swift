import LinuxNet
import Measurement
import Packets
import TopologyModel

/// What breaks at the node on purpose.
extension NodeEngine {
  mutating func breakDown(_ fault: FaultName, due: Timestamp) {
    let now = WallClock.now
    switch fault {
    case .kill: port.daemon?.kill()
    case .crash:
      port.daemon?.kill()
      if holding.isOpen { release() }
      // A machine that is down does not probe, either.
      stream?.pause()
    case .stop: port.daemon?.suspend()
    }
    buffer.append(.broken(fault, at: now, due: due))
  }

  mutating func mend(_ fault: FaultName, due: Timestamp) {
    let now = WallClock.now
    switch fault {
    case .kill: port.daemon?.start()
    case .crash:
      port.daemon?.start()
      stream?.resume(from: now)
    case .stop: port.daemon?.resume()
    }
    buffer.append(.mended(fault, at: now, due: due))
  }

  /// What the daemon did by itself.
  mutating func followDaemon(at now: Timestamp) {
    for news in port.daemon?.takeNews() ?? [] {
      buffer.append(.daemonEnded(at: now, words: news))
    }
  }
}
