import Packets

/// The frames that probes are made of, or their answers.
package enum ProbeFrames: Hashable, Sendable {
  /// Those of ARP, which are taken in anyway.
  case arp
  case echoRequests
  case echoReplies
  /// UDP between these ports; from any, where that one is not named.
  case datagrams(from: UInt16?, to: UInt16)
  /// The segments to this TCP port by which connections are asked for.
  case openings(to: UInt16)
  /// The segments from this TCP port by which they are opened.
  case handshakes(from: UInt16)

  /// Accepts or rejects by the transport header; the IP protocol is loaded, and `load` loads of what
  /// follows the IP header.
  func tests(
    _ family: IPFamily, load: (LoadSize, UInt32) -> Instruction
  ) -> [Instruction] {
    func isTransport(_ transport: TransportProtocol) -> Instruction {
      jump(.notEqual(UInt32(transport.rawValue)), to: "reject")
    }
    func comesFrom(_ port: UInt16) -> [Instruction] {
      [load(.half, 0), jump(.notEqual(UInt32(port)), to: "reject")]
    }
    func echo(_ type: UInt8) -> [Instruction] {
      [
        isTransport(family == .v4 ? .icmp : .icmpv6), load(.byte, 0),
        jump(.equal(UInt32(type)), to: "accept"),
      ]
    }
    let tests: [Instruction] =
      switch self {
      case .arp: []
      case .echoRequests: echo(EchoProbe.requestType(family))
      case .echoReplies: echo(EchoProbe.replyType(family))
      case .datagrams(let source, let destination):
        [isTransport(.udp)]
          + (source.map { comesFrom($0) } ?? [])
          + [
            load(.half, ProbeFrames.destinationPort),
            jump(.equal(UInt32(destination)), to: "accept"),
          ]
      case .openings(let destination):
        [
          isTransport(.tcp), load(.half, ProbeFrames.destinationPort),
          jump(.notEqual(UInt32(destination)), to: "reject"),
          load(.byte, ProbeFrames.tcpFlags), jump(.anyBit(ProbeFrames.ack), to: "reject"),
          jump(.anyBit(ProbeFrames.syn), to: "accept"),
        ]
      case .handshakes(let source):
        [isTransport(.tcp)] + comesFrom(source) + [
          load(.byte, ProbeFrames.tcpFlags), jump(.anyBit(ProbeFrames.syn), to: "accept"),
        ]
      }
    return tests + [jump(.always, to: "reject")]
  }

  private static let destinationPort: UInt32 = 2
  /// RFC 9293, section 3.1.
  private static let tcpFlags: UInt32 = 13
  private static let syn: UInt32 = 0x02
  private static let ack: UInt32 = 0x10
}
