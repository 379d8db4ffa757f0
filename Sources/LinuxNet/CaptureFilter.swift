import CLinux
package import Packets

/// What a node captures of a path, decided in the kernel by a classic BPF program: probes to the
/// VIP addressed to this machine, where asked for the answers that come from it or go out, and its
/// announcements: ARP packets whose sender and target it is, Neighbour Advertisements whose target it
/// is.
package struct CaptureFilter: Sendable {
  package var vip: IPAddress
  package var probes: ProbeFrames
  package var answers: ProbeFrames?

  package init(vip: IPAddress, probes: ProbeFrames, answers: ProbeFrames? = nil) {
    self.vip = vip
    self.probes = probes
    self.answers = answers
  }

  /// The program; offsets are from the start of an Ethernet frame without VLAN tag.
  var program: [sock_filter] {
    switch vip {
    case .v4(let vip): assemble(program(vip))
    case .v6(let vip): assemble(program(vip))
    }
  }

  private func program(_ vip: IPv4Address) -> [Instruction] {
    func tests(_ frames: ProbeFrames) -> [Instruction] {
      [load(.byte, at: Offset.ipProtocol)]
        + frames.tests(.v4) { size, offset in
          load(size == .byte ? .byteAfterHeader : .halfAfterHeader, at: Offset.network + offset)
        }
    }
    return [
      load(.half, at: Offset.etherType),
      jump(.equal(UInt32(EtherType.arp.rawValue)), to: "arp"),
      jump(.notEqual(UInt32(EtherType.ipv4.rawValue)), to: "reject"),
      load(.half, at: Offset.ipFragment),
      jump(.anyBit(Offset.fragmentMask), to: "reject"),
      loadHeaderLength(at: Offset.network),
    ] + ofAnswers([load(.word, at: Offset.ipSource), jump(.equal(vip.rawValue), to: "answer")])
      + CaptureFilter.toThisMachine + [
        load(.word, at: Offset.ipDestination),
        jump(.notEqual(vip.rawValue), to: "reject"),
      ] + tests(probes)
      + ofAnswers([label("answer")] + CaptureFilter.ofThisMachine + (answers.map(tests) ?? [])) + [
        label("arp"),
        load(.word, at: Offset.arpSender),
        jump(.notEqual(vip.rawValue), to: "reject"),
        load(.word, at: Offset.arpTarget),
        jump(.notEqual(vip.rawValue), to: "reject"),
      ] + CaptureFilter.verdicts
  }

  private func program(_ vip: IPv6Address) -> [Instruction] {
    func tests(_ frames: ProbeFrames) -> [Instruction] {
      [load(.byte, at: Offset.ip6NextHeader)]
        + frames.tests(.v6) { size, offset in load(size, at: Offset.ip6Payload + offset) }
    }
    return [
      load(.half, at: Offset.etherType),
      jump(.notEqual(UInt32(EtherType.ipv6.rawValue)), to: "reject"),
      load(.byte, at: Offset.ip6NextHeader),
      jump(.notEqual(UInt32(TransportProtocol.icmpv6.rawValue)), to: "other"),
      load(.byte, at: Offset.ip6Payload),
      jump(.notEqual(UInt32(NeighbourAdvertisement.type)), to: "other"),
    ] + CaptureFilter.match(vip, at: Offset.advertisementTarget) + [
      jump(.always, to: "accept"),
      label("other"),
    ]
      + ofAnswers(
        CaptureFilter.match(vip, at: Offset.ip6Source, otherwise: "probe")
          + [jump(.always, to: "answer"), label("probe")])
      + CaptureFilter.toThisMachine + CaptureFilter.match(vip, at: Offset.ip6Destination)
      + tests(probes)
      + ofAnswers([label("answer")] + CaptureFilter.ofThisMachine + (answers.map(tests) ?? []))
      + CaptureFilter.verdicts
  }

  /// `part`, where answers are asked for.
  private func ofAnswers(_ part: [Instruction]) -> [Instruction] { answers == nil ? [] : part }

  private static let toThisMachine = [
    load(.packetType, at: 0),
    jump(.notEqual(UInt32(PACKET_HOST)), to: "reject"),
  ]

  /// To it, or from it.
  private static let ofThisMachine = [
    load(.packetType, at: 0),
    jump(.equal(UInt32(PACKET_OTHERHOST)), to: "reject"),
  ]

  /// What one who only watches `vip` captures: its announcements, and of what comes from it to this
  /// machine the answers to the probes.
  static func watching(_ vip: IPAddress, _ answers: ProbeFrames) -> [sock_filter] {
    switch vip {
    case .v4(let vip): assemble(watching(vip, answers))
    case .v6(let vip): assemble(watching(vip, answers))
    }
  }

  private static func watching(_ vip: IPv4Address, _ answers: ProbeFrames) -> [Instruction] {
    [
      load(.half, at: Offset.etherType),
      jump(.equal(UInt32(EtherType.arp.rawValue)), to: "arp"),
      jump(.notEqual(UInt32(EtherType.ipv4.rawValue)), to: "reject"),
      load(.packetType, at: 0),
      jump(.notEqual(UInt32(PACKET_HOST)), to: "reject"),
      load(.word, at: Offset.ipSource),
      jump(.notEqual(vip.rawValue), to: "reject"),
      load(.half, at: Offset.ipFragment),
      jump(.anyBit(Offset.fragmentMask), to: "reject"),
      loadHeaderLength(at: Offset.network),
      load(.byte, at: Offset.ipProtocol),
    ]
      + answers.tests(.v4) { size, offset in
        load(size == .byte ? .byteAfterHeader : .halfAfterHeader, at: Offset.network + offset)
      } + [
        label("arp"),
        load(.word, at: Offset.arpSender),
        jump(.notEqual(vip.rawValue), to: "reject"),
      ] + verdicts
  }

  private static func watching(_ vip: IPv6Address, _ answers: ProbeFrames) -> [Instruction] {
    [
      load(.half, at: Offset.etherType),
      jump(.notEqual(UInt32(EtherType.ipv6.rawValue)), to: "reject"),
      load(.byte, at: Offset.ip6NextHeader),
      jump(.notEqual(UInt32(TransportProtocol.icmpv6.rawValue)), to: "answer"),
      load(.byte, at: Offset.ip6Payload),
      jump(.notEqual(UInt32(NeighbourAdvertisement.type)), to: "answer"),
    ] + match(vip, at: Offset.advertisementTarget) + [
      jump(.always, to: "accept"),
      label("answer"),
      load(.packetType, at: 0),
      jump(.notEqual(UInt32(PACKET_HOST)), to: "reject"),
    ] + match(vip, at: Offset.ip6Source) + [
      load(.byte, at: Offset.ip6NextHeader)
    ] + answers.tests(.v6) { size, offset in load(size, at: Offset.ip6Payload + offset) } + verdicts
  }

  /// Everything to `vip` and from it, in and out, and all of ARP or of ICMPv6.
  static func conversation(with vip: IPAddress) -> [sock_filter] {
    switch vip {
    case .v4(let vip):
      assemble(
        [
          load(.half, at: Offset.etherType),
          jump(.equal(UInt32(EtherType.arp.rawValue)), to: "accept"),
          jump(.notEqual(UInt32(EtherType.ipv4.rawValue)), to: "reject"),
          load(.word, at: Offset.ipSource),
          jump(.equal(vip.rawValue), to: "accept"),
          load(.word, at: Offset.ipDestination),
          jump(.notEqual(vip.rawValue), to: "reject"),
        ] + verdicts)
    case .v6(let vip):
      assemble(
        [
          load(.half, at: Offset.etherType),
          jump(.notEqual(UInt32(EtherType.ipv6.rawValue)), to: "reject"),
          load(.byte, at: Offset.ip6NextHeader),
          jump(.equal(UInt32(TransportProtocol.icmpv6.rawValue)), to: "accept"),
        ] + match(vip, at: Offset.ip6Source, otherwise: "outgoing") + [
          jump(.always, to: "accept"),
          label("outgoing"),
        ] + match(vip, at: Offset.ip6Destination) + verdicts)
    }
  }

  /// Goes to `otherwise` unless `address` is at `offset`.
  private static func match(
    _ address: IPv6Address, at offset: UInt32, otherwise: String = "reject"
  ) -> [Instruction] {
    (0..<4).flatMap { (word: UInt32) in
      let value = UInt32(truncatingIfNeeded: address.rawValue >> UInt128(96 - 32 * word))
      return [load(.word, at: offset + 4 * word), jump(.notEqual(value), to: otherwise)]
    }
  }

  /// Everything of ARP, ICMP and VRRP, and UDP and TCP from or to one of `ports`, of both families.
  static func observation(of ports: [UInt16]) -> [sock_filter] {
    func tests(_ source: Instruction, _ destination: Instruction) -> [Instruction] {
      [source, destination].flatMap { load in
        [load] + ports.map { jump(.equal(UInt32($0)), to: "accept") }
      } + [jump(.always, to: "reject")]
    }
    return assemble(
      [
        load(.half, at: Offset.etherType),
        jump(.equal(UInt32(EtherType.arp.rawValue)), to: "accept"),
        jump(.equal(UInt32(EtherType.ipv6.rawValue)), to: "ipv6"),
        jump(.notEqual(UInt32(EtherType.ipv4.rawValue)), to: "reject"),
        load(.byte, at: Offset.ipProtocol),
        jump(.equal(UInt32(TransportProtocol.icmp.rawValue)), to: "accept"),
        jump(.equal(UInt32(TransportProtocol.vrrp.rawValue)), to: "accept"),
        jump(.equal(UInt32(TransportProtocol.tcp.rawValue)), to: "ports"),
        jump(.notEqual(UInt32(TransportProtocol.udp.rawValue)), to: "reject"),
        label("ports"),
        load(.half, at: Offset.ipFragment),
        jump(.anyBit(Offset.fragmentMask), to: "reject"),
        loadHeaderLength(at: Offset.network),
      ]
        + tests(
          load(.halfAfterHeader, at: Offset.network),
          load(.halfAfterHeader, at: Offset.network + Offset.udpDestinationPort)) + [
          label("ipv6"),
          load(.byte, at: Offset.ip6NextHeader),
          jump(.equal(UInt32(TransportProtocol.icmpv6.rawValue)), to: "accept"),
          jump(.equal(UInt32(TransportProtocol.vrrp.rawValue)), to: "accept"),
          jump(.equal(UInt32(TransportProtocol.tcp.rawValue)), to: "ports6"),
          jump(.notEqual(UInt32(TransportProtocol.udp.rawValue)), to: "reject"),
          label("ports6"),
        ]
        + tests(
          load(.half, at: Offset.ip6Payload),
          load(.half, at: Offset.ip6Payload + Offset.udpDestinationPort)) + verdicts)
  }

  /// Of a socket that only sends.
  static var nothing: [sock_filter] { assemble([give(0)]) }

  /// How every program ends.
  private static let verdicts = [
    label("accept"),
    give(UInt32(UInt16.max)),
    label("reject"),
    give(0),
  ]

  private enum Offset {
    static let etherType: UInt32 = 12
    static let network = UInt32(EthernetHeader.wireLength)
    static let ipFragment = network + 6
    static let ipProtocol = network + 9
    static let ipSource = network + 12
    static let ipDestination = network + 16
    static let arpSender = network + 14
    static let arpTarget = network + 24
    static let ip6NextHeader = network + 6
    static let ip6Source = network + 8
    static let ip6Destination = network + 24
    static let ip6Payload = network + UInt32(IPv6Header.wireLength)
    /// Of a Neighbour Advertisement.
    static let advertisementTarget = ip6Payload + 8
    static let udpDestinationPort: UInt32 = 2
    static let fragmentMask: UInt32 = 0x1fff
  }
}
