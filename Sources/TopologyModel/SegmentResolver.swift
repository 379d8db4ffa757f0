import Packets

/// The part of the resolver that deals with what a switch does beyond forwarding.
extension TopologyResolver {
  mutating func resolveShaping(_ segment: TopologyDocument.Segment) -> Shaping {
    let subject = "segment `\(segment.name.value)`"
    let delay = segment.delay?.value ?? .zero
    if let delay = segment.delay, delay.value > SegmentLimits.longestDelay {
      mistakes.add(
        "\(subject): delay: \(delay.value) is too long; \(SegmentLimits.longestDelay) is the most",
        at: delay.place)
    }
    if let jitter = segment.jitter, jitter.value > delay {
      mistakes.add(
        "\(subject): jitter: \(jitter.value) must not be more than the delay (\(delay))",
        at: jitter.place)
    }
    if let loss = segment.loss, loss.value.fraction >= 1 {
      mistakes.add("\(subject): loss: at 100% nothing would arrive", at: loss.place)
    }
    if let rate = segment.rate, !SegmentLimits.rates.contains(rate.value.bitsPerSecond) {
      mistakes.add("\(subject): rate: needs 64kbit to 16gbit", at: rate.place)
    }
    return Shaping(
      delay: delay, jitter: segment.jitter?.value ?? .zero,
      loss: segment.loss?.value.fraction ?? 0, rate: segment.rate?.value.bitsPerSecond)
  }

  /// The tag all attachments to the segment agree on that are made for it; on machines of their own
  /// Hetzner's where the file names none.
  mutating func resolveVLAN(of segment: TopologyDocument.Segment) -> UInt16? {
    let attachments = document.nodes.flatMap(\.attachments)
      .filter { $0.segment.value == segment.name.value && !$0.usesExisting }
    let first = attachments.first?.vlan?.value
    for attachment in attachments {
      let place = attachment.vlan?.place ?? attachment.address.place
      if let vlan = attachment.vlan?.value, !SegmentLimits.vlans.contains(vlan) {
        mistakes.add(
          "on: \(segment.name.value): vlan: found \(vlan), needs \(SegmentLimits.vlans.described)",
          at: place)
      } else if attachment.vlan?.value != first {
        mistakes.add(
          "on: \(segment.name.value): the nodes of a segment must attach with one VLAN, and the "
            + "first does \(first.map { "with vlan \($0)" } ?? "without")", at: place)
      }
    }
    if let first { return UInt16(exactly: first) }
    return isOnHosts && !attachments.isEmpty ? HostInterface.defaultVLAN : nil
  }
}
