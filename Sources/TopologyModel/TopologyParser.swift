import Packets
import Yams

/// Turns the text of a topology file into a `TopologyDocument`.
enum TopologyParser {
  static func parse(_ text: String, into mistakes: inout Mistakes) -> TopologyDocument {
    var document = TopologyDocument()
    guard isReadable(text, &mistakes), let root = compose(text, &mistakes),
      let top = MappingReader(
        root, subject: "topology", example: "`segments:`, `nodes:` and `paths:`", into: &mistakes)
    else { return document }
    top.allow(
      ["name", "seed", "segments", "nodes", "paths", "failover", "probe"], into: &mistakes)
    document.name = top.scalar("name", into: &mistakes)
    document.seed = top.scalar("seed", into: &mistakes)
    document.segments = members(
      of: top, "segments", upTo: TopologyLimits.segments,
      example: "lan: { subnet: 10.0.1.0/24 }", &mistakes, read: segment)
    document.nodes = members(
      of: top, "nodes", upTo: TopologyLimits.nodes,
      example: "alpha: { on: { lan: 10.0.1.20 } }", &mistakes, read: node)
    document.paths = members(
      of: top, "paths", upTo: TopologyLimits.paths, example: "native: { vip: 10.0.1.200 }",
      &mistakes, read: path)
    document.failover = failover(top, &mistakes)
    document.probe = probe(top, &mistakes)
    return document
  }

  /// Whether it is as long as a topology may be, and of what YAML takes.
  private static func isReadable(_ text: String, _ mistakes: inout Mistakes) -> Bool {
    let source = TopologySource(text)
    guard let (objection, place) = source.objection else { return true }
    mistakes.add(objection, at: place)
    return false
  }

  private static func compose(_ text: String, _ mistakes: inout Mistakes) -> Node? {
    do {
      guard let root = try Yams.compose(yaml: text) else {
        mistakes.add(
          "the file is empty; it needs `segments:`, `nodes:` and `paths:`", at: .start)
        return nil
      }
      return root
    } catch let error as YamlError {
      let (text, place) = error.explained
      mistakes.add(text, at: place)
    } catch {
      mistakes.add("not YAML: \(error)", at: .start)
    }
    return nil
  }

  /// The named entries under `key` of the top level, at least one.
  private static func members<Member>(
    of top: MappingReader, _ key: String, upTo most: Int, example: String,
    _ mistakes: inout Mistakes,
    read: (Located<String>, MappingReader, inout Mistakes) -> Member
  ) -> [Member] {
    guard top.node(key) != nil else {
      mistakes.add("`\(key)` is missing; add for example `\(key): { \(example) }`", at: .start)
      return []
    }
    guard let reader = top.mapping(key, example: "`\(example)`", into: &mistakes) else { return [] }
    if reader.keysInOrder.isEmpty {
      mistakes.add("`\(key)` is empty; add for example `\(example)`", at: reader.place)
    }
    guard reader.keysInOrder.count <= most else {
      mistakes.add(
        "`\(key)`: there are \(reader.keysInOrder.count); a topology has \(most) at most",
        at: reader.place)
      return []
    }
    let kind = key.dropLast()
    return reader.keysInOrder.compactMap { name in
      guard let node = reader.node(name.value),
        let entry = MappingReader(
          node, subject: "\(kind) `\(name.value)`", example: "`\(example)`", into: &mistakes)
      else { return nil }
      return read(name, entry, &mistakes)
    }
  }

  private static func segment(
    _ name: Located<String>, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> TopologyDocument.Segment {
    reader.allow(
      ["subnet", "switch", "mtu", "delay", "jitter", "loss", "rate"], into: &mistakes)
    var segment = TopologyDocument.Segment(
      name: name,
      subnet: reader.required("subnet", example: "subnet: 10.0.1.0/24", into: &mistakes),
      mtu: reader.scalar("mtu", into: &mistakes),
      delay: reader.scalar("delay", into: &mistakes),
      jitter: reader.scalar("jitter", into: &mistakes),
      loss: reader.scalar("loss", into: &mistakes),
      rate: reader.scalar("rate", into: &mistakes))
    readSwitch(of: &segment, reader, &mistakes)
    return segment
  }

  /// `switch: sticky`, or `switch: { model: sticky, hold: 40s }`.
  private static func readSwitch(
    of segment: inout TopologyDocument.Segment, _ reader: MappingReader,
    _ mistakes: inout Mistakes
  ) {
    let parameters = SwitchModelName.allCases.flatMap(\.parameters)
    let (name, model) = reader.choice(
      "switch", named: "model", example: "sticky", beside: parameters,
      as: SwitchModelName.self, into: &mistakes)
    segment.switchModel = name
    guard let model else { return }
    segment.probability = model.scalar("probability", into: &mistakes)
    segment.hold = model.scalar("hold", into: &mistakes)
    segment.apiDelay = model.scalar("apiDelay", into: &mistakes)
    segment.ageingTime = model.scalar("ageingTime", into: &mistakes)
    segment.robot = robot(model, &mistakes).map {
      Located(value: $0, place: model.keyPlace("robot"))
    }
    segment.switchParameters = model.keysInOrder.filter { parameters.contains($0.value) }
  }

  private static func node(
    _ name: Located<String>, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> TopologyDocument.Node {
    reader.allow(["on", "role", "neigh", "ssh", "exec"], into: &mistakes)
    let example = "`on: { lan: 10.0.1.20 }`"
    if reader.node("on") == nil {
      mistakes.add("\(reader.subject): `on` is missing; add for example \(example)", at: name.place)
    }
    let on = reader.mapping("on", example: example, into: &mistakes)
    if let on, on.keysInOrder.isEmpty {
      mistakes.add("\(on.subject): is empty; add for example \(example)", at: on.place)
    }
    let attachments = on?.keysInOrder.compactMap { segment in
      on?.node(segment.value).flatMap { attachment($0, reader, segment, &mistakes) }
    }
    return TopologyDocument.Node(
      name: name, role: reader.word("role", into: &mistakes), attachments: attachments ?? [],
      reach: reach(reader, &mistakes),
      isHost: reader.node("ssh") != nil || reader.node("exec") != nil,
      neighbourSettings: neighbourSettings(reader, &mistakes))
  }

  /// `lan: 10.0.1.20`, or `lan: { address: 10.0.1.20, vlan: 4000 }`.
  private static func attachment(
    _ value: Node, _ node: MappingReader, _ segment: Located<String>, _ mistakes: inout Mistakes
  ) -> TopologyDocument.Attachment? {
    let subject = "\(node.subject): on: \(segment.value)"
    guard case .mapping = value else {
      return readScalar(value, named: subject, into: &mistakes).map {
        TopologyDocument.Attachment(segment: segment, address: $0)
      }
    }
    guard
      let reader = MappingReader(
        value, subject: subject, example: "`{ address: 10.0.1.20 }`", into: &mistakes)
    else { return nil }
    reader.allow(["address", "interface", "vlan", "existing", "gateway"], into: &mistakes)
    let vlan = reader.scalar("vlan", as: Int.self, into: &mistakes)
    let interface = reader.scalar("interface", as: String.self, into: &mistakes)
    let isExisting = reader.scalar("existing", as: Bool.self, into: &mistakes)
    let gateway = reader.scalar("gateway", as: IPAddress.self, into: &mistakes)
    return reader.required("address", example: "address: 10.0.1.20", into: &mistakes).map {
      TopologyDocument.Attachment(
        segment: segment, address: $0, vlan: vlan, interface: interface, isExisting: isExisting,
        gateway: gateway)
    }
  }

  private static func path(
    _ name: Located<String>, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> TopologyDocument.Path {
    let overlayKeys = ["vni", "port", "subnet", "mtu", "udpChecksum", "addresses", "macs"]
    reader.allow(["kind", "segment", "vip", "replies", "failover"] + overlayKeys, into: &mistakes)
    let written = reader.keysInOrder.filter { overlayKeys.contains($0.value) }
    var kind: Located<PathKind>? = reader.word("kind", into: &mistakes)
    if kind == nil, reader.node("kind") != nil, !written.isEmpty {
      // One that is misspelled is an overlay all the same: that is one mistake.
      kind = Located(value: .vxlan, place: reader.keyPlace("kind"))
    }
    return TopologyDocument.Path(
      name: name, kind: kind,
      segment: reader.scalar("segment", into: &mistakes),
      replies: reader.scalar("replies", into: &mistakes),
      vip: reader.required("vip", example: "vip: 10.0.1.200", into: &mistakes),
      vni: reader.scalar("vni", into: &mistakes),
      port: reader.scalar("port", into: &mistakes),
      subnet: reader.scalar("subnet", into: &mistakes),
      mtu: reader.scalar("mtu", into: &mistakes),
      udpChecksum: reader.scalar("udpChecksum", into: &mistakes),
      addresses: byNode(reader, "addresses", example: "alpha: 192.168.0.20", &mistakes)
        .map { (node: $0, address: $1) },
      macs: byNode(reader, "macs", example: "alpha: 02:00:00:00:00:01", &mistakes)
        .map { (node: $0, mac: $1) },
      overlayKeys: written,
      failover: reader.node("failover").map { _ in failover(reader, &mistakes) })
  }

  /// A mapping from node names to values.
  private static func byNode<Value: Spelled>(
    _ reader: MappingReader, _ key: String, example: String, _ mistakes: inout Mistakes
  ) -> [(Located<String>, Located<Value>)] {
    guard let entries = reader.mapping(key, example: "`{ \(example) }`", into: &mistakes)
    else { return [] }
    return entries.keysInOrder.compactMap { node in
      entries.scalar(node.value, as: Value.self, into: &mistakes).map { (node, $0) }
    }
  }

  private static func failover(
    _ top: MappingReader, _ mistakes: inout Mistakes
  ) -> TopologyDocument.Failover {
    var failover = TopologyDocument.Failover()
    guard let reader = top.mapping("failover", example: "`{ every: 2s }`", into: &mistakes)
    else { return failover }
    reader.allow(
      [
        "method", "every", "announce", "overlap", "gap", "release", "stuckAfter", "heal",
        "heartbeat", "vrrp", "carp", "faults", "script", "ocf",
      ], into: &mistakes)
    failover.method = reader.word("method", into: &mistakes)
    failover.every = reader.scalar("every", into: &mistakes)
    failover.overlap = reader.scalar("overlap", into: &mistakes)
    failover.gap = reader.scalar("gap", into: &mistakes)
    failover.releases = reader.scalar("release", into: &mistakes)
    failover.stuckAfter = reader.scalar("stuckAfter", into: &mistakes)
    if let announce = reader.mapping(
      "announce", example: "`{ every: 500ms, form: request }`", into: &mistakes)
    {
      announce.allow(["count", "every", "form"], into: &mistakes)
      failover.announceCount = announce.scalar("count", into: &mistakes)
      failover.announceEvery = announce.scalar("every", into: &mistakes)
      failover.form = announce.word("form", into: &mistakes)
    }
    readHealing(of: &failover, reader, &mistakes)
    readDaemons(of: &failover, reader, &mistakes)
    return failover
  }

  /// `heal: ping-primary`, or `heal: { method: ping-primary, after: 1s }`.
  private static func readHealing(
    of failover: inout TopologyDocument.Failover, _ reader: MappingReader,
    _ mistakes: inout Mistakes
  ) {
    let (method, parameters) = reader.choice(
      "heal", named: "method", example: "ping-primary", beside: ["after"], as: HealingMethod.self,
      into: &mistakes)
    failover.heal = method
    failover.healAfter = parameters?.scalar("after", into: &mistakes)
  }

  private static func probe(
    _ top: MappingReader, _ mistakes: inout Mistakes
  ) -> TopologyDocument.Probe {
    guard let reader = top.mapping("probe", example: "`{ every: 1ms }`", into: &mistakes)
    else { return TopologyDocument.Probe() }
    reader.allow(["kind", "every", "port"], into: &mistakes)
    return TopologyDocument.Probe(
      kind: reader.word("kind", into: &mistakes),
      every: reader.scalar("every", into: &mistakes),
      port: reader.scalar("port", into: &mistakes))
  }
}

extension YamlError {
  /// What the YAML parser stumbled on, and where.
  fileprivate var explained: (String, Place) {
    switch self {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      // In braces a colon may not stand at the end of a word.
      let hint = problem.contains("':'") ? "; an address that ends in `::` needs quotes" : ""
      return ("not YAML: \(problem)\(hint)", Place(mark))
    case .duplicatedKeysInMapping(let duplicates, let context):
      let mark = context.mark
      return (
        "the key `\(duplicates.first ?? "")` is there twice; keep one", Place(mark)
      )
    default:
      return ("not YAML: \("\(self)".split(separator: "\n").first ?? "")", .start)
    }
  }
}
