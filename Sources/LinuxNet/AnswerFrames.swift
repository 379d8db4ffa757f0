import Packets

/// The frames by which a watched address answers probes: of them alone the sender is looked at.
package enum AnswerFrames: Hashable, Sendable {
  /// Those of ARP, which are taken in anyway.
  case arp
  /// Echo replies.
  case echoes
  /// UDP between these ports.
  case datagrams(from: UInt16, to: UInt16)
  /// The segments from this TCP port by which connections are opened.
  case handshakes(from: UInt16)

  /// Accepts or rejects by the transport header; the IP protocol is loaded, and `load` loads of what
  /// follows the IP header.
  func tests(
    _ family: IPFamily, load: (LoadSize, UInt32) -> Instruction
  ) -> [Instruction] {
    func isTransport(_ transport: TransportProtocol) -> Instruction {
      jump(.notEqual(UInt32(transport.rawValue)), to: "reject")
    }
    let tests: [Instruction] =
      switch self {
      case .arp: []
      case .echoes:
        [
          isTransport(family == .v4 ? .icmp : .icmpv6), load(.byte, 0),
          jump(.equal(UInt32(EchoProbe.replyType(family))), to: "accept"),
        ]
      case .datagrams(let source, let destination):
        [
          isTransport(.udp), load(.half, 0), jump(.notEqual(UInt32(source)), to: "reject"),
          load(.half, AnswerFrames.destinationPort),
          jump(.equal(UInt32(destination)), to: "accept"),
        ]
      case .handshakes(let source):
        [
          isTransport(.tcp), load(.half, 0), jump(.notEqual(UInt32(source)), to: "reject"),
          load(.byte, AnswerFrames.tcpFlags), jump(.anyBit(AnswerFrames.syn), to: "accept"),
        ]
      }
    return tests + [jump(.always, to: "reject")]
  }

  private static let destinationPort: UInt32 = 2
  /// RFC 9293, section 3.1.
  private static let tcpFlags: UInt32 = 13
  private static let syn: UInt32 = 0x02
}
