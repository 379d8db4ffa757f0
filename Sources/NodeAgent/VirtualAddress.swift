import Glibc
import LinuxNet
import Packets

/// A VIP on an interface of a node: taken, given up and announced.
struct VirtualAddress {
  private let netlink: NetlinkSocket
  private let claimRequest: NetlinkBatch
  private let releaseRequest: NetlinkBatch
  private let forgetRequest: NetlinkBatch
  private let vip: IPAddress
  private let mac: MACAddress
  /// How it is announced.
  var form = AnnouncementForm.silent {
    didSet { announcement = Announcement(form: form, address: vip, hardware: mac).frame }
  }
  /// `nil` where nothing is announced.
  private var announcement: [UInt8]?

  init(
    _ vip: IPAddress, on interface: Int32, mac: MACAddress, by netlink: NetlinkSocket
  ) throws(KernelError) {
    self.netlink = netlink
    self.vip = vip
    self.mac = mac
    var claim = NetlinkBatch()
    try claim.addAddress(vip, prefixLength: vip.family.width, to: interface)
    claimRequest = claim
    var release = NetlinkBatch()
    try release.removeAddress(vip, prefixLength: vip.family.width, from: interface)
    releaseRequest = release
    var forget = NetlinkBatch()
    try forget.removeNeighbour(vip, on: interface)
    forgetRequest = forget
  }

  /// That it is there already, by somebody's hand, is no error. Whether anything changed.
  func claim() throws(KernelError) -> Bool { try perform(claimRequest, unless: EEXIST) }

  /// That it is gone already is no error. Whether anything changed.
  func release() throws(KernelError) -> Bool { try perform(releaseRequest, unless: EADDRNOTAVAIL) }

  /// Drops the node's own neighbour entry for it, and the packets that wait there. That there is none is
  /// no error.
  func forgetNeighbour() throws(KernelError) { _ = try perform(forgetRequest, unless: ENOENT) }

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
  func announce(by socket: PacketSocket) throws(KernelError) -> Bool {
    guard let announcement else { return false }
    try socket.send(announcement)
    return true
  }
}
