import Yams

/// How daemons watch each other, and what breaks.
extension TopologyParser {
  static func readDaemons(
    of failover: inout TopologyDocument.Failover, _ reader: MappingReader,
    _ mistakes: inout Mistakes
  ) {
    if let heartbeat = reader.mapping("heartbeat", example: "`{ every: 100ms }`", into: &mistakes) {
      heartbeat.allow(["every", "dead", "preempt", "dyingBreath"], into: &mistakes)
      failover.heartbeat = TopologyDocument.Heartbeat(
        place: reader.keyPlace("heartbeat"),
        every: heartbeat.scalar("every", into: &mistakes),
        dead: heartbeat.scalar("dead", into: &mistakes),
        preempts: heartbeat.scalar("preempt", into: &mistakes),
        hasDyingBreath: heartbeat.scalar("dyingBreath", into: &mistakes))
    }
    if let vrrp = reader.mapping("vrrp", example: "`{ every: 1s }`", into: &mistakes) {
      vrrp.allow(["every", "preempt"], into: &mistakes)
      failover.vrrp = TopologyDocument.VRRP(
        place: reader.keyPlace("vrrp"), every: vrrp.scalar("every", into: &mistakes),
        preempts: vrrp.scalar("preempt", into: &mistakes))
    }
    guard let node = reader.node("faults") else { return }
    let subject = "\(reader.subject): faults"
    guard case .sequence(let sequence) = node, !sequence.isEmpty else {
      mistakes.add(
        "\(subject): found \(node.described), needs a list; write "
          + "`faults: [ { crash: holder, every: 5s, for: 2s } ]`", at: Place(node.mark))
      return
    }
    failover.faults = sequence.compactMap { fault($0, subject, &mistakes) }
  }

  /// `{ crash: holder, every: 5s, for: 2s }`.
  private static func fault(
    _ node: Node, _ subject: String, _ mistakes: inout Mistakes
  ) -> Located<TopologyDocument.Fault>? {
    let example = "`{ crash: holder, every: 5s, for: 2s }`"
    guard
      let reader = MappingReader(node, subject: subject, example: example, into: &mistakes)
    else { return nil }
    let names = FaultName.allCases.map(\.rawValue)
    reader.allow(names + ["every", "for"], into: &mistakes)
    let named = reader.keysInOrder.filter { names.contains($0.value) }
    guard named.count == 1, let name = FaultName(rawValue: named[0].value) else {
      mistakes.add(
        "\(subject): a fault names one of \(names.map { "`\($0)`" }.joined(separator: ", ")); write "
          + example, at: reader.place)
      return nil
    }
    if let target: Located<String> = reader.scalar(name.rawValue, into: &mistakes),
      target.value != "holder"
    {
      mistakes.add(
        "\(subject): \(name.rawValue): found `\(target.value)`; a fault is of the `holder`",
        at: target.place)
    }
    return Located(
      value: TopologyDocument.Fault(
        name: name, every: reader.scalar("every", into: &mistakes),
        lasting: reader.scalar("for", into: &mistakes)), place: reader.place)
  }
}
