import Glibc
package import LinuxNet
package import Measurement
package import Packets
package import TopologyModel

/// A node's place on a path, as the agent works it: its interface and the sockets on it.
package final class PathPort {
  package let node: NodeID
  let name: String
  let isServer: Bool
  let interface: Int32
  let mac: MACAddress
  let vip: IPAddress
  /// How it is seen by one who only watches it; `nil` in the midst of those who move it.
  package let outside: OutsideView?
  let monitor: NetworkMonitor
  /// `nil` without the right to capture.
  let capture: PacketSocket?
  /// Of all but routers.
  let prober: ProbeSocket?
  /// Where the new holder is pinged after a move.
  let echo: EchoSocket?
  /// Where captures were asked for.
  let recorder: FrameRecorder?
  /// Of servers only, where this program answers test packets.
  let reflector: UDPSocket?
  /// Of servers only, where probes are connections.
  let pages: PageServer?
  /// Of servers only: what decides who holds the VIP, by methods that leave it to daemons.
  let daemons: [FailoverMethodName: FailoverDaemon]
  /// Where a fault pulls it, and that of the link that heartbeats have of their own.
  let cable: Cable?
  let heartbeatCable: Cable?
  /// Of servers only: the commands that move the VIP, where a method has some.
  let script: ScriptRunner?
  /// Whether the senders of answers' frames are looked at, because answers do not say whose they are.
  let hearsSpeakers: Bool

  private let netlink: NetlinkSocket
  /// `nil` at a host that only watches it.
  private var address: VirtualAddress?

  package struct Settings {
    package var node: NodeID
    package var name: String
    package var role: NodeRole
    package var interface: Int32
    package var interfaceName: String
    package var mac: MACAddress
    package var address: IPAddress
    package var vip: IPAddress
    package var probe: ProbeSettings
    /// How many frames are kept for captures; none where they were not asked for.
    package var recordedFrames = 0
    package var isHealed = false
    /// Whether what is answered goes back as the node's routes have it, not by the interface it came in at.
    package var isRouted = false
    /// What decides at a server when it holds the VIP, where that is no agent of this program's.
    package var daemons: [FailoverMethodName: DaemonProgram] = [:]
    package var script: ScriptProgram?
    package var cable: Cable?
    package var heartbeatCable: Cable?

    package init(
      node: NodeID, name: String, role: NodeRole, interface: Int32, interfaceName: String,
      mac: MACAddress, address: IPAddress, vip: IPAddress, probe: ProbeSettings
    ) {
      self.node = node
      self.name = name
      self.role = role
      self.interface = interface
      self.interfaceName = interfaceName
      self.mac = mac
      self.address = address
      self.vip = vip
      self.probe = probe
    }

    fileprivate var answersBy: String? { isRouted ? nil : interfaceName }
  }

  /// Opens the sockets, in the namespace of the calling thread.
  package init(_ settings: Settings) throws(KernelError) {
    node = settings.node
    name = settings.name
    isServer = settings.role == .server
    interface = settings.interface
    mac = settings.mac
    vip = settings.vip
    outside = nil
    netlink = try NetlinkSocket()
    monitor = try NetworkMonitor()
    let frames = settings.probe.frames
    capture = try PacketSocket(
      interface: settings.interface,
      filter: CaptureFilter(vip: settings.vip, probes: frames.probes, answers: frames.answers),
      hearsOwnMachine: !settings.daemons.isEmpty || settings.script != nil)
    hearsSpeakers = frames.answers != nil
    recorder =
      settings.recordedFrames > 0
      ? FrameRecorder(
        try .observing(
          interface: settings.interface,
          // What daemons say to each other, too.
          ports: [settings.probe.port, HeartbeatLine.standardPort].compactMap { $0 }),
        capacity: settings.recordedFrames) : nil
    prober = settings.role == .router ? nil : try ProbeSocket(settings)
    echo =
      settings.isHealed
      ? try EchoSocket(interface: settings.interfaceName, family: settings.vip.family) : nil
    let isStamp = settings.probe.kind == .stamp
    let isAnswering = settings.role == .server
    reflector =
      isAnswering && isStamp
      ? try .listening(
        at: settings.vip, port: settings.probe.port ?? 0, interface: settings.answersBy)
      : nil
    pages =
      isAnswering && settings.probe.kind.connects
      ? try PageServer(
        Listener(
          at: settings.vip, port: settings.probe.port ?? 0, interface: settings.answersBy),
        name: settings.name) : nil
    address = try VirtualAddress(
      settings.vip, on: settings.interface, mac: settings.mac, by: netlink)
    var daemons: [FailoverMethodName: FailoverDaemon] = [:]
    for (method, program) in settings.daemons { daemons[method] = try FailoverDaemon(program) }
    self.daemons = daemons
    (cable, heartbeatCable) = (settings.cable, settings.heartbeatCable)
    script = try settings.script.map { (program) throws(KernelError) in
      try ScriptRunner(program)
    }
  }

  deinit {
    for daemon in daemons.values { daemon.close() }
    script?.close()
  }

  package struct Watch {
    package var node: NodeID
    /// What this host is called.
    package var name: String
    package var interface: Int32
    /// Of the interface; `nil` where frames have none, and nothing is captured.
    package var mac: MACAddress?
    package var vip: IPAddress
    package var gateway: IPAddress?
    package var answers: ProbeFrames
    /// How many frames are kept for captures; none where they were not asked for.
    package var recordedFrames: Int

    package init(
      node: NodeID, name: String, interface: Int32, mac: MACAddress?, vip: IPAddress,
      gateway: IPAddress?, answers: ProbeFrames, recordedFrames: Int = 0
    ) {
      self.node = node
      self.name = name
      self.interface = interface
      self.mac = mac
      self.vip = vip
      self.gateway = gateway
      self.answers = answers
      self.recordedFrames = recordedFrames
    }
  }

  /// Opens the sockets of a host that only watches the VIP, probing by `prober`. Without the right to
  /// capture it does without.
  package init(watching watch: Watch, by prober: ProbeSocket) throws(KernelError) {
    node = watch.node
    name = watch.name
    isServer = false
    interface = watch.interface
    mac = watch.mac ?? .zero
    vip = watch.vip
    netlink = try NetlinkSocket()
    monitor = try NetworkMonitor()
    capture =
      watch.mac == nil
      ? nil
      : try PathPort.permitted { () throws(KernelError) in
        try .watching(watch.vip, interface: watch.interface, answers: watch.answers)
      }
    recorder =
      watch.recordedFrames == 0
      ? nil
      : try PathPort.permitted { () throws(KernelError) in
        try .recording(watch.vip, interface: watch.interface)
      }.map { FrameRecorder($0, capacity: watch.recordedFrames) }
    self.prober = prober
    echo = nil
    reflector = nil
    pages = nil
    address = nil
    daemons = [:]
    script = nil
    (cable, heartbeatCable) = (nil, nil)
    outside = OutsideView(gateway: watch.gateway, seesFrames: capture != nil)
    hearsSpeakers = capture != nil
  }

  /// `nil` where the kernel does not permit it.
  private static func permitted(
    _ open: () throws(KernelError) -> PacketSocket
  ) throws(KernelError) -> PacketSocket? {
    do {
      return try open()
    } catch {
      if error.code == EPERM || error.code == EACCES { return nil }
      throw error
    }
  }

  /// The address whose neighbour entry decides where probes go.
  var followed: IPAddress { outside?.gateway ?? vip }

  /// Takes the VIP; whether anything changed.
  func claim() throws(KernelError) -> Bool { try address?.claim() ?? false }

  /// Gives the VIP up; whether anything changed.
  func release() throws(KernelError) -> Bool { try address?.release() ?? false }

  /// Drops what the node would still send to the VIP, were it told who has it.
  func dropUnresolved() throws(KernelError) {
    guard let address, try neighbourEntry()?.state == .incomplete else { return }
    try address.forgetNeighbour()
  }

  /// Has the node send to the VIP what is for it without asking who has it, until the entry has aged.
  func learn(holder: MACAddress) throws(KernelError) {
    var batch = NetlinkBatch()
    try batch.addReachableNeighbour(vip, at: holder, on: interface)
    try netlink.perform(batch)
  }

  /// Holds back what the node sends on the path for so long; `nil` for no longer.
  func slow(by delay: TimeSpan?) throws(KernelError) {
    var batch = NetlinkBatch()
    if let delay {
      try batch.addNetem(
        NetemDiscipline(delay: delay, jitter: .zero, loss: 0), to: interface, isRoot: true)
    } else {
      try batch.removeDiscipline(of: interface)
    }
    try netlink.perform(batch)
  }

  /// How the VIP is announced from now on.
  func announce(as form: AnnouncementForm) { address?.form = form }

  /// Whether there was anything to announce.
  func announce() throws(KernelError) -> Bool {
    guard let address, let capture else { return false }
    return try address.announce(by: capture)
  }

  /// Whether the node has the VIP now, whoever gave it.
  func hasVIP() throws(KernelError) -> Bool {
    try netlink.hasAddress(vip, on: outside == nil ? interface : nil)
  }

  /// Whether the VIP on that interface is this path's: a host that watches reaches itself by any.
  func counts(_ index: Int32) -> Bool { outside != nil || index == interface }

  /// What the kernel's neighbour table has for the VIP now.
  func neighbourEntry() throws(KernelError) -> NeighbourView? {
    try netlink.neighbour(followed, on: interface).map {
      NeighbourView(at: WallClock.now, mac: $0.mac, state: $0.state)
    }
  }
}
