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
    case .stop: daemon?.suspend()
    case .freeze:
      daemon?.suspend()
      setService(.frozen)
    case .killService: setService(.dead)
    case .linkDown, .linkFlap: plug(isIn: false)
    case .partition: atSwitch { (cable) throws(KernelError) in try cable.part(isParted: true) }
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
    case .freeze:
      setService(.alive)
      daemon?.resume()
    case .killService: setService(.alive)
    case .linkDown, .linkFlap: plug(isIn: true)
    case .partition: atSwitch { (cable) throws(KernelError) in try cable.part(isParted: false) }
    }
    buffer.append(.mended(fault, at: now, due: due))
  }

  mutating func plug(isIn: Bool) {
    atSwitch { (cable) throws(KernelError) in try cable.plug(isIn: isIn) }
  }

  mutating func setService(_ state: ServiceState) {
    service = state
    port.pages?.set(state)
  }

  private mutating func atSwitch(_ deed: (Cable) throws(KernelError) -> Void) {
    guard let cable = port.cable else { return }
    do {
      try deed(cable)
    } catch {
      buffer.append(
        .refused(
          deed: "have its switch broken or mended for", at: WallClock.now, reason: "\(error)"))
    }
  }

  /// Whether other programs than this move the VIP at the node.
  var isOfPrograms: Bool { daemon != nil || script != nil }

  /// What the daemon did by itself, and where commands failed.
  mutating func followPrograms(at now: Timestamp) {
    for trouble in script?.takeNews() ?? [] {
      buffer.append(.refused(deed: trouble.deed, at: now, reason: trouble.words))
    }
    for news in daemon?.takeNews() ?? [] {
      buffer.append(.daemonEnded(at: now, words: news))
    }
  }
}
