import Glibc
package import LinuxNet
import Measurement
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
  let monitor: NetworkMonitor
  let capture: PacketSocket
  /// Of all but routers.
  let prober: UDPSocket?
  /// Where the new holder is pinged after a move.
  let echo: EchoSocket?
  /// Where captures were asked for.
  let recorder: FrameRecorder?
  /// Of servers only.
  let reflector: UDPSocket?

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
    package var port: UInt16
    package var form: AnnouncementForm
    /// How many frames are kept for captures; none where they were not asked for.
    package var recordedFrames = 0
    package var isHealed = false

    package init(
      node: NodeID, name: String, role: NodeRole, interface: Int32, interfaceName: String,
      mac: MACAddress, address: IPAddress, vip: IPAddress, port: UInt16,
      form: AnnouncementForm
    ) {
      self.node = node
      self.name = name
      self.role = role
      self.interface = interface
      self.interfaceName = interfaceName
      self.mac = mac
      self.address = address
      self.vip = vip
      self.port = port
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
    netlink = try NetlinkSocket()
    monitor = try NetworkMonitor()
    capture = try PacketSocket(
      interface: settings.interface,
      filter: CaptureFilter(vip: settings.vip, port: settings.port))
    recorder =
      settings.recordedFrames > 0
      ? FrameRecorder(
        try .observing(interface: settings.interface, port: settings.port),
        capacity: settings.recordedFrames) : nil
    prober =
      settings.role == .router
      ? nil
      : try .connected(
        from: settings.address, to: settings.vip, port: settings.port,
        interface: settings.interfaceName)
    echo =
      settings.isHealed
      ? try EchoSocket(interface: settings.interfaceName, family: settings.vip.family) : nil
    reflector =
      settings.role == .server
      ? try .listening(
        at: settings.vip, port: settings.port, interface: settings.interfaceName) : nil
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
    guard let announcement else { return false }
    try capture.send(announcement)
    return true
  }

  /// Whether the node has the VIP now, whoever gave it.
  func hasVIP() throws(KernelError) -> Bool { try netlink.hasAddress(vip, on: interface) }

  /// What the kernel's neighbour table has for the VIP now.
  func neighbourEntry() throws(KernelError) -> NeighbourView? {
    try netlink.neighbour(vip, on: interface).map {
      NeighbourView(at: WallClock.now, mac: $0.mac, state: $0.state)
    }
  }
}
