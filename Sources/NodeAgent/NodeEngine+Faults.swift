import FailoverMethods
import LinuxNet
import Measurement
import Packets
import TopologyModel

/// How the service at the VIP does.
enum ServiceState {
  case alive
  /// It takes nothing in and answers nothing.
  case frozen
  /// It is not there.
  case dead
}

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
    case .shutdown: daemon?.terminate()
    case .stop: daemon?.suspend()
    case .freeze:
      daemon?.suspend()
      setService(.frozen)
    case .killService: setService(.dead)
    case .killAddress: if holding.isOpen { release() }
    // What follows is told one by one.
    case .slow: break
    case .linkDown, .linkFlap: plug(isIn: false)
    case .partition, .partitionHeartbeat: part(isParted: true, by: fault)
    case .partitionInward: port.cable?.block(.inward, tell: troubles.add)
    case .partitionOutward: port.cable?.block(.outward, tell: troubles.add)
    }
    buffer.append(.broken(fault, at: now, due: due))
  }

  mutating func mend(_ fault: FaultName, due: Timestamp) {
    let now = WallClock.now
    switch fault {
    case .kill, .shutdown: daemon?.start()
    case .crash:
      daemon?.start()
      stream?.resume(from: now)
    case .stop: daemon?.resume()
    case .freeze:
      setService(.alive)
      daemon?.resume()
    case .killService: setService(.alive)
    case .slow, .killAddress: break
    case .linkDown, .linkFlap: plug(isIn: true)
    case .partition, .partitionHeartbeat: part(isParted: false, by: fault)
    case .partitionInward, .partitionOutward: port.cable?.block(nil, tell: troubles.add)
    }
    buffer.append(.mended(fault, at: now, due: due))
  }

  mutating func plug(isIn: Bool) {
    atSwitch(port.cable) { (cable) throws(KernelError) in try cable.plug(isIn: isIn) }
  }

  mutating func slow(by delay: TimeSpan?) {
    isSlow = delay != nil
    do {
      try port.slow(by: delay)
    } catch {
      troubles.add("\(error)")
    }
  }

  private mutating func part(isParted: Bool, by fault: FaultName) {
    let cable = fault == .partition ? port.cable : port.heartbeatCable
    atSwitch(cable) { (cable) throws(KernelError) in try cable.part(isParted: isParted) }
  }

  mutating func setService(_ state: ServiceState) {
    service = state
    port.pages?.set(state)
  }

  private mutating func atSwitch(
    _ cable: Cable?, _ deed: (Cable) throws(KernelError) -> Void
  ) {
    guard let cable else { return }
    do {
      try deed(cable)
    } catch {
      troubles.add("\(error)")
    }
  }

  /// Whether other programs than this move the VIP at the node.
  var isOfPrograms: Bool { daemon != nil || script != nil }

  /// What the daemon did by itself, and where commands failed.
  mutating func followPrograms(at now: Timestamp) {
    for trouble in troubles.take() {
      buffer.append(
        .refused(deed: "have its network broken or mended for", at: now, reason: trouble))
    }
    for trouble in (script?.takeTroubles() ?? []) + (daemon?.takeTroubles() ?? []) {
      buffer.append(.refused(deed: trouble.deed, at: now, reason: trouble.words))
    }
    for news in daemon?.takeNews() ?? [] {
      buffer.append(.daemonEnded(at: now, words: news))
    }
  }
}
