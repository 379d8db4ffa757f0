import Packets
import Yams

/// How daemons watch each other, and what breaks.
extension TopologyParser {
  static func readDaemons(
    of failover: inout TopologyDocument.Failover, _ reader: MappingReader,
    _ mistakes: inout Mistakes
  ) {
    if let heartbeat = reader.mapping("heartbeat", example: "`{ every: 100ms }`", into: &mistakes) {
      heartbeat.allow(
        ["every", "dead", "preempt", "dyingBreath", "over", "priorities"], into: &mistakes)
      failover.heartbeat = TopologyDocument.Heartbeat(
        place: reader.keyPlace("heartbeat"),
        every: heartbeat.scalar("every", into: &mistakes),
        dead: heartbeat.scalar("dead", into: &mistakes),
        preempts: heartbeat.scalar("preempt", into: &mistakes),
        hasDyingBreath: heartbeat.scalar("dyingBreath", into: &mistakes),
        over: heartbeat.scalar("over", into: &mistakes),
        priorities: priorities(heartbeat, &mistakes))
    }
    failover.vrrp = advertisements("vrrp", reader, &mistakes)
    failover.carp = advertisements("carp", reader, &mistakes)
    failover.script = script(reader, &mistakes)
    failover.resources = resources(reader, &mistakes)
    guard let node = reader.node("faults") else { return }
    let subject = "\(reader.subject): faults"
    guard case .sequence(let sequence) = node, !sequence.isEmpty else {
      mistakes.add(
        "\(subject): found \(node.described), needs a list of one or more; write "
          + "`faults: [ { crash: holder, every: 5s, for: 2s } ]`", at: Place(node.mark))
      return
    }
    failover.faults = sequence.compactMap { fault($0, subject, &mistakes) }
  }

  /// `{ every: 1s, preempt: false }`.
  private static func advertisements(
    _ key: String, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> TopologyDocument.Advertisements? {
    guard let own = reader.mapping(key, example: "`{ every: 1s }`", into: &mistakes) else {
      return nil
    }
    let more = key == "vrrp" ? ["priorities", "garpDelay", "garpRefresh"] : []
    own.allow(["every", "preempt"] + more, into: &mistakes)
    return TopologyDocument.Advertisements(
      place: reader.keyPlace(key), every: own.scalar("every", into: &mistakes),
      preempts: own.scalar("preempt", into: &mistakes),
      priorities: more.isEmpty ? nil : priorities(own, &mistakes),
      garpDelay: more.isEmpty ? nil : own.scalar("garpDelay", into: &mistakes),
      garpRefresh: more.isEmpty ? nil : own.scalar("garpRefresh", into: &mistakes))
  }

  /// `[200, 100]`, in the order of the servers.
  private static func priorities(
    _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> Located<[Int]>? {
    guard let words = reader.words("priorities", example: "[200, 100]", into: &mistakes) else {
      return nil
    }
    let numbers = words.compactMap { Int($0.value) }
    guard numbers.count == words.count, numbers.allSatisfy({ 1...254 ~= $0 }),
      Set(numbers).count == numbers.count
    else {
      mistakes.add(
        "\(reader.subject): priorities: found "
          + "`\(words.map(\.value).joined(separator: ", "))`, needs different numbers from 1 to 254",
        at: words[0].place)
      return nil
    }
    return Located(value: numbers, place: words[0].place)
  }

  /// `{ claim: [/usr/local/sbin/take-vip], release: [...], timeout: 5s }`.
  private static func script(
    _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> TopologyDocument.Script? {
    let example = "`{ claim: [/usr/local/sbin/take-vip] }`"
    guard let script = reader.mapping("script", example: example, into: &mistakes) else {
      return nil
    }
    script.allow(["claim", "release", "timeout"], into: &mistakes)
    if script.node("claim") == nil {
      mistakes.add("\(script.subject): `claim` is missing; write \(example)", at: script.place)
    }
    let claim = command("claim", script, &mistakes)
    let release = command("release", script, &mistakes)
    let timeout = positive("timeout", script, &mistakes)
    guard let claim else { return nil }
    return TopologyDocument.Script(
      place: timeout?.place ?? script.place, claim: claim, release: release,
      timeout: timeout?.value)
  }

  /// A list of words, the first of which is a program.
  private static func command(
    _ key: String, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> [String]? {
    guard
      let words = reader.words(key, example: "[/usr/local/sbin/take-vip, --now]", into: &mistakes),
      let program = words.first
    else { return nil }
    if program.value.isEmpty || program.value.hasPrefix("-") || program.value.contains("=") {
      mistakes.add(
        "\(reader.subject): \(key): `\(program.value)` is no program", at: program.place)
      return nil
    }
    return words.map(\.value)
  }

  /// `{ crash: holder, every: 5s, for: 2s }`.
  private static func fault(
    _ node: Node, _ subject: String, _ mistakes: inout Mistakes
  ) -> Located<TopologyDocument.Fault>? {
    let example = "`{ crash: holder, every: 5s, for: 2s }`"
    guard
      let reader = MappingReader(node, subject: subject, example: example, into: &mistakes)
    else { return nil }
    let others = Set(FaultName.others.values.flatMap(\.values))
    let names = FaultName.allCases.filter { !others.contains($0) }.map(\.rawValue)
    reader.allow(names + ["every", "for", "by"], into: &mistakes)
    let named = reader.keysInOrder.filter { names.contains($0.value) }
    guard named.count == 1, var name = FaultName(rawValue: named[0].value) else {
      mistakes.add(
        "\(subject): a fault names one of \(names.map { "`\($0)`" }.joined(separator: ", ")); write "
          + example, at: reader.place)
      return nil
    }
    if let target: Located<String> = reader.scalar(name.rawValue, into: &mistakes),
      target.value != "holder"
    {
      let known = FaultName.others[name] ?? [:]
      if known[target.value] == nil {
        let words = (["holder"] + known.keys.sorted()).map { "`\($0)`" }.joined(separator: ", ")
        mistakes.add(
          "\(subject): \(name.rawValue): found `\(target.value)`, needs \(words)", at: target.place)
      }
      name = known[target.value] ?? name
    }
    return Located(
      value: TopologyDocument.Fault(
        name: name, every: reader.scalar("every", into: &mistakes),
        lasting: reader.scalar("for", into: &mistakes), by: reader.scalar("by", into: &mistakes)),
      place: reader.place)
  }
}
