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
  /// Whether the senders of answers' frames are looked at, because answers do not say whose they are.
  let hearsSpeakers: Bool

  private let netlink: NetlinkSocket
  private let claimRequest: NetlinkBatch
  private let releaseRequest: NetlinkBatch
  /// `nil` where nothing is announced.
  private let announcement: [UInt8]?

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
    package var form: AnnouncementForm
    /// How many frames are kept for captures; none where they were not asked for.
    package var recordedFrames = 0
    package var isHealed = false

    package init(
      node: NodeID, name: String, role: NodeRole, interface: Int32, interfaceName: String,
      mac: MACAddress, address: IPAddress, vip: IPAddress,
      probe: ProbeSettings, form: AnnouncementForm
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
      self.form = form
    }
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
      filter: CaptureFilter(vip: settings.vip, probes: frames.probes, answers: frames.answers))
    hearsSpeakers = frames.answers != nil
    recorder =
      settings.recordedFrames > 0
      ? FrameRecorder(
        try .observing(interface: settings.interface, port: settings.probe.port),
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
        at: settings.vip, port: settings.probe.port ?? 0, interface: settings.interfaceName) : nil
    pages =
      isAnswering && settings.probe.kind.connects
      ? try PageServer(
        Listener(
          at: settings.vip, port: settings.probe.port ?? 0, interface: settings.interfaceName),
        name: settings.name) : nil
    let length = settings.vip.family.width
    var claim = NetlinkBatch()
    try claim.addAddress(settings.vip, prefixLength: length, to: settings.interface)
    claimRequest = claim
    var release = NetlinkBatch()
    try release.removeAddress(settings.vip, prefixLength: length, from: settings.interface)
    releaseRequest = release
    announcement =
      Announcement(form: settings.form, address: settings.vip, hardware: settings.mac).frame
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
    claimRequest = NetlinkBatch()
    releaseRequest = NetlinkBatch()
    announcement = nil
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

  /// Takes the VIP; that it is there already, by somebody's hand, is no error. Whether anything
  /// changed.
  func claim() throws(KernelError) -> Bool { try perform(claimRequest, unless: EEXIST) }

  /// Gives the VIP up; that it is gone already is no error. Whether anything changed.
  func release() throws(KernelError) -> Bool { try perform(releaseRequest, unless: EADDRNOTAVAIL) }

  private func perform(_ request: NetlinkBatch, unless done: Int32) throws(KernelError) -> Bool {
    do {
      try netlink.perform(request)
      return true
    } catch {
      if error.code != done { throw error }
      return false
    }
  }

  /// Whether there was anything to announce.
  func announce() throws(KernelError) -> Bool {
    guard let announcement, let capture else { return false }
    try capture.send(announcement)
    return true
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
