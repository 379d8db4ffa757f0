import Packets
import TopologyModel

/// The VIP of a path as a VRRP instance of keepalived.
struct KeepalivedExport {
  private let end: ExportedEnd

  init(_ end: ExportedEnd) { self.end = end }

  func files() throws(ExportRefusal) -> [ExportedFile] {
    guard end.isServer else {
      throw ExportRefusal(
        description: "node `\(end.node)` never holds the VIP: keepalived is for servers")
    }
    return [ExportedFile(name: "keepalived.conf", text: text)]
  }

  private var text: String {
    var instance = VRRPInstance(
      end.path, node: end.node, interface: end.interface, rank: end.rank,
      address: end.member.address,
      peers: end.peers.filter(\.isServer).map { ($0.name, $0.address) })
    instance.refresh =
      instance.refresh
      ?? max(
        1, Int((end.announceEvery.nanoseconds + 999_999_999) / 1_000_000_000))
    return ExportedEnd.comment([
      end.title, "",
      "Not expressed: a schedule by the clock, as `juggle` has it, and announcements more often than",
      "every second. keepalived moves the VIP when its master is silent, or has a lower priority.",
    ]) + instance.text
  }
}
