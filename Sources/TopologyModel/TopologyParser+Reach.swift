import Yams

/// How a machine is reached.
extension TopologyParser {
  /// `ssh: root@alpha.example`, or `exec: [kubectl, exec, -i, pod-a, --]`.
  static func reach(_ reader: MappingReader, _ mistakes: inout Mistakes) -> Located<Reach>? {
    if reader.node("ssh") != nil, reader.node("exec") != nil {
      mistakes.add(
        "\(reader.subject): `ssh` and `exec` both say how to reach it; keep one",
        at: reader.keyPlace("exec"))
    }
    if let destination = reader.scalar("ssh", as: String.self, into: &mistakes) {
      let isGood = check(destination, isFirst: true, "\(reader.subject): ssh", &mistakes)
      return isGood
        ? Located(value: .ssh(destination: destination.value), place: destination.place) : nil
    }
    guard
      let words = reader.words(
        "exec", example: "[kubectl, exec, -i, pod-a, --]", into: &mistakes)
    else { return nil }
    let areGood = words.enumerated().map { index, word in
      check(word, isFirst: index == 0, "\(reader.subject): exec", &mistakes)
    }
    guard areGood.allSatisfy({ $0 }), let node = reader.node("exec") else { return nil }
    return Located(value: .exec(command: words.map(\.value)), place: Place(node.mark))
  }

  private static func check(
    _ word: Located<String>, isFirst: Bool, _ subject: String, _ mistakes: inout Mistakes
  ) -> Bool {
    guard let objection = Reach.objection(to: word.value, isFirst: isFirst) else { return true }
    mistakes.add("\(subject): `\(word.value)` \(objection)", at: word.place)
    return false
  }
}
