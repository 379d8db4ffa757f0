import Packets
import Yams

/// What OCF resource agents are to do: one resource, or a list of them that move together.
extension TopologyParser {
  static let resourceExample =
    "`ocf: { agent: \"ocf:heartbeat:IPaddr2\", params: { ip: $VIP, nic: $INTERFACE } }`"

  static func resources(
    _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> Located<[ClusterResource]>? {
    guard let node = reader.node("ocf") else { return nil }
    let subject = "\(reader.subject): ocf"
    var nodes = [node]
    if case .sequence(let sequence) = node { nodes = Array(sequence) }
    guard !nodes.isEmpty else {
      mistakes.add(
        "\(subject): found an empty list, needs a resource; write \(resourceExample)",
        at: Place(node.mark))
      return Located(value: [], place: reader.keyPlace("ocf"))
    }
    return Located(
      value: nodes.compactMap { resource($0, subject, &mistakes) }, place: reader.keyPlace("ocf"))
  }

  private static func resource(
    _ node: Node, _ subject: String, _ mistakes: inout Mistakes
  ) -> ClusterResource? {
    guard
      let reader = MappingReader(
        node, subject: subject, example: resourceExample, into: &mistakes)
    else { return nil }
    reader.allow(
      ["agent", "params", "monitor", "timeout", "migrationThreshold", "failureTimeout"],
      into: &mistakes)
    let agent = agent(reader, &mistakes)
    let every = positive("monitor", reader, &mistakes)?.value
    let threshold: Located<Int>? = reader.scalar("migrationThreshold", into: &mistakes)
    if let threshold, threshold.value < 1 {
      mistakes.add(
        "\(subject): migrationThreshold: \(threshold.value) is too few; take 1 or more, or take it out",
        at: threshold.place)
    }
    let forgetting = positive("failureTimeout", reader, &mistakes)?.value
    let parameters = parameters(reader, &mistakes)
    let timeouts = timeouts(reader, &mistakes)
    guard let agent else { return nil }
    return ClusterResource(
      agent: agent, parameters: parameters, monitorEvery: every ?? ClusterResource.standardMonitor,
      timeouts: timeouts, migrationThreshold: threshold?.value, failureTimeout: forgetting)
  }

  private static func agent(
    _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> ClusterResource.AgentName? {
    let text: Located<String>? = reader.required(
      "agent", example: "agent: \"ocf:heartbeat:IPaddr2\"", into: &mistakes)
    guard let text else { return nil }
    guard let name = ClusterResource.AgentName(text.value) else {
      mistakes.add(
        "\(reader.subject): agent: found `\(text.value)`, needs a name as `ocf:heartbeat:IPaddr2`: the class, "
          + "who provides it and its type", at: text.place)
      return nil
    }
    return name
  }

  /// What the agent is told; words that begin with a dollar sign stand for what differs from server to server.
  private static func parameters(
    _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> [String: String] {
    guard
      let own = reader.mapping("params", example: "`{ ip: $VIP }`", into: &mistakes)
    else { return [:] }
    var parameters: [String: String] = [:]
    for key in own.keysInOrder {
      guard
        key.value.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }),
        key.value.first?.isNumber == false
      else {
        mistakes.add(
          "\(own.subject): `\(key.value)` is no name of a parameter: letters, digits and `_`",
          at: key.place)
        continue
      }
      guard let value: Located<String> = own.scalar(key.value, into: &mistakes) else { continue }
      let known = PlaceVariable.allCases.map { "$\($0.rawValue)" }
      for word in PlaceVariable.words(in: value.value) where PlaceVariable(rawValue: word) == nil {
        mistakes.add(
          "\(own.subject): \(key.value): nothing is known as `$\(word)`; "
            + suggestion(for: "$\(word)", among: known) + "; `$$` is a dollar sign",
          at: value.place)
      }
      if value.value.contains("\0") {
        mistakes.add("\(own.subject): \(key.value): a NUL cannot be passed on", at: value.place)
      }
      parameters[key.value] = value.value
    }
    return parameters
  }

  /// `20s` for every action, or `{ start: 300s, monitor: 30s }`.
  private static func timeouts(
    _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> ClusterResource.Timeouts {
    let standard = ClusterResource.Timeouts.standard
    if case .mapping = reader.node("timeout"),
      let own = reader.mapping("timeout", example: "`{ start: 60s }`", into: &mistakes)
    {
      own.allow(["start", "stop", "monitor"], into: &mistakes)
      return ClusterResource.Timeouts(
        start: positive("start", own, &mistakes)?.value ?? standard,
        stop: positive("stop", own, &mistakes)?.value ?? standard,
        monitor: positive("monitor", own, &mistakes)?.value ?? standard)
    }
    let all = positive("timeout", reader, &mistakes)?.value ?? standard
    return ClusterResource.Timeouts(start: all, stop: all, monitor: all)
  }

  /// A time that is more than none.
  static func positive(
    _ key: String, _ reader: MappingReader, _ mistakes: inout Mistakes
  ) -> Located<TimeSpan>? {
    guard let span: Located<TimeSpan> = reader.scalar(key, into: &mistakes) else { return nil }
    if span.value <= .zero {
      mistakes.add(
        "\(reader.subject): \(key): \(span.value) is none; take more than 0", at: span.place)
    }
    return span
  }
}
