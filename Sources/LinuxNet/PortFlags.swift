import CNetlink
import Glibc

/// What a bridge may do at one of its ports (`bridge link set dev PORT …`).
package struct PortFlags: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Forwards nothing to another isolated port (`isolated on`).
  package static let isolated = PortFlags(rawValue: 1)
  /// Learns source addresses (`learning on`).
  package static let learning = PortFlags(rawValue: 2)
  /// Floods unicast frames for unknown addresses (`flood on`).
  package static let flood = PortFlags(rawValue: 4)

  /// What a port has that nothing is said of.
  package static let usual: PortFlags = [.learning, .flood]
}

extension NetlinkBatch {
  /// Sets all three flags of the port with interface index `port`.
  package mutating func setPort(_ port: Int32, flags: PortFlags) {
    let header = ifinfomsg(
      ifi_family: UInt8(AF_BRIDGE), __ifi_pad: 0, ifi_type: 0, ifi_index: port,
      ifi_flags: 0, ifi_change: 0)
    let message = NetlinkMessage(type: RTM_SETLINK, header: header)
    let attributes: [(PortFlags, Int)] = [
      (.isolated, IFLA_BRPORT_ISOLATED), (.learning, IFLA_BRPORT_LEARNING),
      (.flood, IFLA_BRPORT_UNICAST_FLOOD),
    ]
    message.nest(IFLA_PROTINFO | Int(NLA_F_NESTED)) {
      for (flag, attribute) in attributes {
        message.put(attribute, UInt8(flags.contains(flag) ? 1 : 0))
      }
    }
    let words = [
      (PortFlags.isolated, "isolated"), (.learning, "learning"), (.flood, "flood"),
    ].map { "\($0.1) \(flags.contains($0.0) ? "on" : "off")" }
    append(message, purpose: "bridge link set dev \(port) " + words.joined(separator: " "))
  }
}
