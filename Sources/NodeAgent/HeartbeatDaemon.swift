import FailoverMethods
package import LinuxNet
package import Packets
package import TopologyModel

/// One of a pair of servers that watch each other, as a process: hears and sends heartbeats, and takes
/// the VIP and gives it up.
package final class HeartbeatDaemon {
  package struct Settings: Sendable {
    package var vip: IPAddress
    /// Of the interface where the VIP is to be.
    package var interface: String
    package var failover: FailoverSettings
    package var line: HeartbeatLine.Settings

    package init(
      vip: IPAddress, interface: String, failover: FailoverSettings, line: HeartbeatLine.Settings
    ) {
      self.vip = vip
      self.interface = interface
      self.failover = failover
      self.line = line
    }
  }

  private let vip: VirtualAddress
  private let line: HeartbeatLine
  private let frames: PacketSocket
  /// Tells what others do to the VIP.
  private let monitor: NetworkMonitor
  private let address: IPAddress
  private let poll: EventPoll
  private var server: Heartbeat
  /// What could not be done last, which is said once.
  private var lastTrouble = ""
  private let tell: (String) -> Void

  /// Opens its sockets, in the namespace of the calling thread; `tell` is told what it does.
  package init(_ settings: Settings, tell: @escaping (String) -> Void) throws {
    let netlink = try NetlinkSocket()
    guard let link = try netlink.links().first(where: { $0.name == settings.interface }) else {
      throw Objection(description: "there is no interface `\(settings.interface)`")
    }
    guard let mac = link.mac else {
      throw Objection(
        description: "interface `\(settings.interface)` has no MAC address: no VIP can be announced"
      )
    }
    self.tell = tell
    var vip = try VirtualAddress(settings.vip, on: link.index, mac: mac, by: netlink)
    vip.form = settings.failover.form
    self.vip = vip
    line = try HeartbeatLine(settings.line)
    frames = try .sending(interface: link.index)
    address = settings.vip
    monitor = try NetworkMonitor()
    poll = try EventPoll()
    try poll.add(line.descriptor, tag: 0)
    try poll.add(monitor.descriptor, tag: 2)
    server = Heartbeat(
      settings.failover, priority: settings.line.priority, pair: settings.line.pair,
      countingFrom: .random(in: 1...(.max)), at: WallClock.monotonic)
  }

  package struct Objection: Error, CustomStringConvertible {
    package let description: String
  }

  /// Until `interruption`; then it gives the VIP up in good order.
  package func run(until interruption: Interruption) throws(KernelError) {
    try poll.add(interruption.descriptor, tag: 1)
    while !interruption.hasCome {
      hear()
      look()
      act()
      _ = poll.wait(timeout: server.nextDeadline - WallClock.monotonic)
    }
    server.resign()
    act()
  }

  /// What waited while the process stood still is of the past, and is dropped.
  private func hear() {
    let isStale = server.hasStoodStill(at: WallClock.monotonic)
    line.drain { packet in
      if !isStale { server.hear(packet, at: WallClock.monotonic) }
    }
  }

  /// Whether the VIP is still there: what was missed may have been its removal.
  private func look() {
    var isLost = false
    monitor.drain { change in
      switch change {
      case .addressRemoved(address, _), .overrun: isLost = true
      default: break
      }
    }
    if isLost { server.lose(at: WallClock.monotonic) }
  }

  private func act() {
    while let effect = server.step(at: WallClock.monotonic) {
      do {
        try perform(effect)
      } catch {
        // A link that is down may come back: who is to fail over goes on.
        if "\(error)" != lastTrouble { tell("\(error)") }
        lastTrouble = "\(error)"
      }
    }
  }

  private func perform(_ effect: Heartbeat.Effect) throws(KernelError) {
    switch effect {
    case .claim:
      tell("active")
      _ = try vip.claim()
    case .release: if try vip.release() { tell("passive") }
    case .announce: _ = try vip.announce(by: frames)
    case .send(let packet): line.send(packet)
    }
  }
}
